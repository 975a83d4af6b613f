using System.Net;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Channels;

public sealed class AppendTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Append_AnswersRisingSequences()
    {
        string id = await NewAsync();
        for (int i = 0; i < 3; i++)
        {
            Answer answer = await AppendAsync(id, """{"kind":"stop"}""");
            Assert.Equal((HttpStatusCode.OK, $$"""{"ok":true,"seq":{{i}}}"""), (answer.Status, answer.Text));
        }
    }

    [Fact]
    public async Task Trap12_ARepeatedPartId_AnswersTheFirstSequenceAndStoresNothing()
    {
        string id = await NewAsync();
        await AppendAsync(id, "first");
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await AppendAsync(id, "again", ("X-Part-Id", "p1"))).Text));

        Assert.All(answers, static text => Assert.Equal("""{"ok":true,"seq":1}""", text));
        Assert.Equal(2, (await RecordsAsync(id, "in")).Count);
    }

    [Fact]
    public async Task Append_OfAHandover_TakesTheSecretKey()
    {
        const string Handover = """{"kind":"handover","isFinal":true,"partialAssistantMessage":[]}""";
        string id = Calls.NewId("handover");
        string token = (await server.CreateAsync(id)).GetProperty("publicAccessToken").GetString()!;

        Answer browser = await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), Handover, token);

        Assert.Equal(HttpStatusCode.Forbidden, browser.Status);
        Assert.Empty(await RecordsAsync(id, "in"));
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(id, Handover)).Status);
    }

    [Fact]
    public async Task Append_AfterAFailureToStore_IsStoredByTheRepeat()
    {
        await using var broken = await TemporaryServer.StartAsync();
        await broken.Server.CreateAsync("a");
        broken.Server.Store.WriteFailure = new StoreUnavailableException("no room on /dev/secret");

        Answer failed = await broken.Server.SendAsync("POST", Calls.ChannelPath("a", "in/append"), "x", GatewayServer.Key, ("X-Part-Id", "p"));
        broken.Server.Store.WriteFailure = null;
        Answer repeat = await broken.Server.SendAsync("POST", Calls.ChannelPath("a", "in/append"), "x", GatewayServer.Key, ("X-Part-Id", "p"));

        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.Equal("False", failed.Field("ok"));
        Assert.DoesNotContain("secret", failed.Text, StringComparison.Ordinal);
        Assert.Null(failed.Header("x-should-retry"));
        Assert.Equal("""{"ok":true,"seq":0}""", repeat.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"kind\":\"no such kind\"}")]
    [InlineData("{\"kind\":")]
    [InlineData("\uFEFF{\"kind\":\"stop\"}")]
    [InlineData("[1,2,3]")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"payload\":{\"actionSource\":\"\\ud800\"}}")]
    [InlineData("{\"payload\":{\"actionSource\":1}}")]
    [InlineData("{\"payload\":{\"\\udfff\":\"actionSource\"}}")]
    [InlineData("\u0000\u0001 control \u2028 ünï 🎈")]
    public async Task Trap4_AppendTakesAnyText_AndInDataIsThatTextAsAString(string body)
    {
        string id = await NewAsync();

        Answer answer = await AppendAsync(id, body, ("X-Part-Id", "part-1"));

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        JsonElement record = Assert.Single(await RecordsAsync(id, "in"));
        Assert.Equal(body, record.GetProperty("data").GetString());
        Assert.Equal("part-1", record.GetProperty("id").GetString());
        Assert.Equal(0, record.GetProperty("seqNum").GetInt64());
    }

    [Fact]
    public async Task Append_OfBytesThatAreNotUtf8_StoresReplacements()
    {
        string id = await NewAsync();
        await server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), new byte[] { (byte)'a', 0xFF, (byte)'b' });
        Assert.Equal("a\uFFFDb", Assert.Single(await RecordsAsync(id, "in")).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Append_ClaimingToBeAWebhook_LosesTheMark()
    {
        string id = await NewAsync();
        await AppendAsync(id, """{"kind":"message","payload":{"trigger":"action","actionSource":"webhook","action":{"a":1}}}""");
        await AppendAsync(id, """{"kind":"message","payload":{"trigger":"action","action\u0053ource":"web\u0068ook"}}""");
        List<JsonElement> records = await RecordsAsync(id, "in");
        Assert.Equal(2, records.Count);
        Assert.All(records, static record => Assert.DoesNotContain("webhook", record.GetProperty("data").GetString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Append_ToOutWithTheSecretKey_StoresAString()
    {
        string id = await NewAsync();
        await server.SendAsync("POST", Calls.ChannelPath(id, "out/append"), """{"type":"x"}""");
        Assert.Equal("""{"type":"x"}""", Assert.Single(await RecordsAsync(id, "out")).GetProperty("data").GetString());
    }

    [Fact]
    public async Task Append_ToAnUnknownSession_Is404()
    {
        foreach (string id in new[] { "nobody-knows", "session_doesnotexist000000000", "a:channels:b", new string('x', 257) })
        {
            Answer answer = await AppendAsync(id, "x", ("Origin", "http://app.example"));
            Assert.Equal(HttpStatusCode.NotFound, answer.Status);
            Assert.Equal("false", answer.Header("x-should-retry"));
            Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
            Assert.NotNull(answer.Error);
        }
    }

    [Fact]
    public async Task Trap1And2_AppendToAClosedSession_Is409WithCodeReasonAndNoRetry()
    {
        string id = await NewAsync();
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"), """{"reason":"bye"}""");

        Answer answer = await AppendAsync(id, "x");

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal("""{"ok":false,"error":"Cannot append to a closed session","code":"session_closed","closedReason":"bye"}""", answer.Text);
        Assert.Equal("false", answer.Header("x-should-retry"));
    }

    [Fact]
    public async Task Append_ToASessionClosedWithoutReason_SaysNull()
    {
        string id = await NewAsync();
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"));
        Assert.Equal(JsonValueKind.Null, (await AppendAsync(id, "x")).Json.GetProperty("closedReason").ValueKind);
    }

    [Fact]
    public async Task Append_ToAnExpiredSession_Is400()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id, GatewayServer.Key, $",\"expiresAt\":\"{server.Clock.GetUtcNow().AddSeconds(-1):O}\"");
        Answer answer = await AppendAsync(id, "x");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("False", answer.Field("ok"));
    }

    [Fact]
    public async Task Append_WithALongPartId_Is400()
    {
        string id = await NewAsync();
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(id, "x", ("X-Part-Id", new string('p', 256)))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await AppendAsync(id, "x", ("X-Part-Id", new string('p', 257)))).Status);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a%2Fb")]
    [InlineData("ü")]
    [InlineData("")]
    public async Task SideChannel_WithAWrongName_Is400(string name)
    {
        string id = await NewAsync();
        Answer answer = await AppendToAsync(id, $"channels/{Uri.EscapeDataString(name)}/in/append", "x");
        Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, answer.Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await AppendToAsync(id, $"channels/{new string('n', 129)}/in/append", "x")).Status);
    }

    [Fact]
    public async Task SideChannel_IsAStreamOfItsOwnAndBootsNoRun()
    {
        string id = Calls.NewId();
        string run = (await server.CreateAsync(id)).GetProperty("runId").GetString()!;
        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel");

        Assert.Equal("""{"ok":true,"seq":0}""", (await AppendToAsync(id, "channels/screen.cast-1/in/append", "side")).Text);
        Assert.Equal("""{"ok":true,"seq":0}""", (await AppendToAsync(id, "channels/other/in/append", "side")).Text);

        Assert.Equal(run, (await server.SendAsync("GET", Calls.SessionPath(id))).Field("currentRunId"));
        Assert.Empty(await RecordsAsync(id, "in"));
        Assert.Equal("side", Assert.Single(await RecordsAsync(id, "channels/screen.cast-1/in")).GetProperty("data").GetString());
        Assert.Empty(await RecordsAsync(id, "channels/screen.cast-1/out"));
    }

    [Fact]
    public async Task Append_WithoutALiveRun_BootsAContinuation()
    {
        string id = Calls.NewId();
        string first = (await server.CreateAsync(id)).GetProperty("runId").GetString()!;
        await server.SendAsync("POST", $"/api/v2/runs/{first}/cancel");

        await AppendAsync(id, """{"kind":"message","payload":{"trigger":"submit-message"}}""");

        Assert.NotEqual(first, (await server.SendAsync("GET", Calls.SessionPath(id))).Field("currentRunId"));
    }

    [Fact]
    public async Task Records_LeaveOutCommandsAndKeepControlHeaders()
    {
        string id = await NewAsync();
        await server.SayAsync(id, "a", "!turn-complete", "%", "b");

        List<JsonElement> records = await RecordsAsync(id, "out");

        Assert.Equal([0, 1, 3], records.Select(static record => record.GetProperty("seqNum").GetInt64()));
        Assert.Equal("text-delta", records[0].GetProperty("data").GetProperty("type").GetString());
        Assert.Equal("r0", records[0].GetProperty("id").GetString());
        Assert.Equal("", records[1].GetProperty("data").GetString());
        Assert.Equal("""[["trigger-control","turn-complete"]]""", records[1].GetProperty("headers").GetRawText());
        Assert.False(records[0].TryGetProperty("headers", out _));
    }

    [Theory]
    [InlineData("0", 3)]
    [InlineData("1", 2)]
    [InlineData("3", 0)]
    [InlineData("99999999999999999999", 0)]
    public async Task Records_AfterACursor(string after, int count)
    {
        string id = await NewAsync();
        await server.SayAsync(id, "a", "b", "c", "d");
        Assert.Equal(count, (await RecordsAsync(id, "out", $"?afterEventId={after}")).Count);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("1.0")]
    [InlineData("")]
    public async Task Records_AfterSomethingElse_Is400(string after)
    {
        string id = await NewAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", Calls.ChannelPath(id, $"out/records?afterEventId={after}"))).Status);
    }

    [Fact]
    public async Task Records_OfALongStream_ComeWhole()
    {
        string id = await NewAsync();
        for (int i = 0; i < 5; i++)
        {
            await server.SayAsync(id, [.. Enumerable.Repeat(new string('x', 1000), 100)]);
        }

        Assert.Equal(500, (await RecordsAsync(id, "out")).Count);
    }

    private async Task<string> NewAsync()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        return id;
    }

    private Task<Answer> AppendAsync(string id, string body, params (string Name, string Value)[] headers) =>
        server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), Encoding.UTF8.GetBytes(body), GatewayServer.Key, headers);

    private Task<Answer> AppendToAsync(string id, string rest, string body) => server.SendAsync("POST", Calls.ChannelPath(id, rest), body);

    private async Task<List<JsonElement>> RecordsAsync(string id, string io, string query = "")
    {
        Answer answer = await server.SendAsync("GET", Calls.ChannelPath(id, $"{io}/records{query}"));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return [.. answer.Json.GetProperty("records").EnumerateArray()];
    }
}
