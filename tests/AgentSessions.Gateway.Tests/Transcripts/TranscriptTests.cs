using System.Net;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Transcripts;

public sealed class TranscriptTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Transcript_ComesInPagesFromTheEnd()
    {
        string id = await NewAsync(6);

        Answer last = await PageAsync(id, "?limit=2");
        Answer before = await PageAsync(id, $"?limit=2&before={last.Field("nextCursor")}");
        Answer first = await PageAsync(id, $"?limit=10&before={before.Field("nextCursor")}");

        Assert.Equal(["m4", "m5"], Ids(last));
        Assert.Equal(["m2", "m3"], Ids(before));
        Assert.Equal(["m0", "m1"], Ids(first));
        Assert.Null(first.Field("nextCursor"));
        Assert.Equal("""{"lastOutEventId":"9","lastInEventId":"3"}""", last.Json.GetProperty("cursors").GetRawText());
        Assert.Equal(6, Ids(await PageAsync(id, "")).Count);
        Assert.Equal("""{"messages":[]}""", (await PageAsync(await NewAsync(0), "?limit=2")).Text);
        Assert.Empty(Ids(await PageAsync(id, "?before=no-such-message")));
        Assert.Equal(HttpStatusCode.NotFound, (await PageAsync("nobody", "?limit=2")).Status);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=x")]
    [InlineData("?limit=1001")]
    [InlineData("?before=a%00b")]
    public async Task Transcript_WithAWrongQuery_Is400(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await PageAsync(await NewAsync(0), query)).Status);

    [Fact]
    public async Task Snapshot_IsReadFromASignedAddressWithoutACredential()
    {
        string id = await NewAsync(2);
        string url = await UrlAsync("GET", id);

        Answer snapshot = await server.SendAsync("GET", url, null, token: null);

        Assert.Equal(HttpStatusCode.OK, snapshot.Status);
        Assert.Equal(["m0", "m1"], Ids(snapshot));
        Assert.Equal(("1", "1234", "9", "3"), (snapshot.Field("version"), snapshot.Field("savedAt"), snapshot.Field("lastOutEventId"), snapshot.Field("lastInEventId")));
    }

    [Fact]
    public async Task Snapshot_WithoutHistory_Is404()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", await UrlAsync("GET", await NewAsync(0)), null, null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath("nobody", "/snapshot-url"))).Status);
    }

    [Fact]
    public async Task SignedAddress_IsGoodForOneThingAndForAWhile()
    {
        string id = await NewAsync(1);
        string read = await UrlAsync("GET", id), write = await UrlAsync("PUT", id);
        string plain = Calls.SessionPath(id, "/snapshot");

        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("PUT", read, Version1("x"), null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", write, null, null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", read[..^1] + (read[^1] == 'A' ? 'B' : 'A'), null, null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", plain)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("GET", $"{plain}?signature={server.TokenFor("admin")}", null, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", Calls.SessionPath(id), null, read[(read.IndexOf('=') + 1)..])).Status);

        await using var later = await TemporaryServer.StartAsync();
        await later.Server.CreateAsync("a");
        string old = new Uri((await later.Server.SendAsync("GET", Calls.SessionPath("a", "/snapshot-url"))).Field("presignedUrl")!).PathAndQuery;
        later.Server.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Forbidden, (await later.Server.SendAsync("GET", old, null, null)).Status);
    }

    [Fact]
    public async Task SignedAddress_OfADeletedSession_IsWorthNothingForItsSuccessor()
    {
        string id = await NewAsync(1);
        string read = await UrlAsync("GET", id), write = await UrlAsync("PUT", id);
        await server.SendAsync("DELETE", Calls.SessionPath(id));
        await server.CreateAsync(id);

        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("PUT", write, Version1("x"), null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", read, null, null)).Status);
        Assert.Empty(Ids(await PageAsync(id, "")));
    }

    [Fact]
    public async Task Upload_InEitherFormat_ReplacesTheTranscript()
    {
        string id = await NewAsync(3);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("PUT", await UrlAsync("PUT", id), Version1("new"), null)).Status);
        Assert.Equal(["new"], Ids(await PageAsync(id, "")));

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("PUT", await UrlAsync("PUT", id), Version2("ä", "b"), null)).Status);
        Answer page = await PageAsync(id, "");
        Assert.Equal(["ä", "b"], Ids(page));
        Assert.Equal("12", page.Json.GetProperty("cursors").GetProperty("lastOutEventId").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"version\":3,\"messages\":[]}")]
    [InlineData("{\"version\":1,\"messages\":{}}")]
    [InlineData("{\"version\":1,\"messages\":[{}]}")]
    [InlineData("{\"version\":1,\"messages\":[{\"id\":\"\"}]}")]
    [InlineData("{\"version\":1,\"messages\":[],\"lastOutEventId\":\"x\"}")]
    [InlineData("{\"v\":2}")]
    [InlineData("{\"v\":2}\n{\"id\":\"a\",\"final\":true,\"message\":{\"id\":\"a\"}}\n")]
    [InlineData("{\"v\":2}\n{\"id\":\"a\",\"final\":true,\"message\":{\"id\":\"b\"}}\n{}\n#tt2:0000000000000002\n")]
    [InlineData("{\"v\":2}\n#tt2:0000000000009999\n")]
    [InlineData("{\"v\":2}\nabc\n#tt2:0000000000000005\n")]
    [InlineData("{\"version\":1,\"messages\":[null]}")]
    [InlineData("{\"version\":1,\"messages\":[{\"id\":\"a\"}]}")]
    [InlineData("{\"version\":1,\"messages\":[{\"id\":\"a\",\"role\":\"nobody\",\"parts\":[]}]}")]
    [InlineData("{\"version\":1,\"messages\":[{\"id\":\"a\",\"role\":\"user\",\"parts\":[{\"text\":\"x\"}]}]}")]
    [InlineData("{\"version\":1,\"messages\":[{\"id\":\"a\",\"role\":\"user\",\"parts\":[1]}]}")]
    public async Task Upload_ThatIsMalformed_Is400(string body)
    {
        string id = await NewAsync(1);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("PUT", await UrlAsync("PUT", id), Encoding.UTF8.GetBytes(body), null)).Status);
        Assert.Equal(["m0"], Ids(await PageAsync(id, "")));
    }

    private static string Version1(string id) => $$"""{"version":1,"savedAt":5,"messages":[{"id":"{{id}}","role":"user","parts":[]}],"lastOutEventId":"4"}""";

    private static string Version2(params string[] ids)
    {
        string head = """{"v":2,"savedAt":7,"lastOutEventId":"12","lastInEventId":"2","state":{"s":1}}""";
        string lines = string.Concat(ids.Select(static id => $$$"""{"id":"{{{id}}}","final":true,"message":{"id":"{{{id}}}","role":"user","parts":[]}}""" + "\n"));
        string index = JsonSerializer.Serialize(new { ids, offsets = new int[ids.Length + 1] });
        return $"{head}\n{lines}{index}\n#tt2:{Encoding.UTF8.GetByteCount(index):D16}\n";
    }

    private static List<string> Ids(Answer answer) =>
        [.. answer.Json.GetProperty("messages").EnumerateArray().Select(static message => message.GetProperty("id").GetString()!)];

    private Task<Answer> PageAsync(string id, string query) => server.SendAsync("GET", Calls.SessionPath(id, $"/transcript{query}"));

    private async Task<string> UrlAsync(string method, string id)
    {
        string url = (await server.SendAsync(method, Calls.SessionPath(id, "/snapshot-url"))).Field("presignedUrl")!;
        Assert.StartsWith($"http://{server.Address}/", url, StringComparison.Ordinal);
        return new Uri(url).PathAndQuery;
    }

    private async Task<string> NewAsync(int messages)
    {
        string id = Calls.NewId("page/ü");
        await server.CreateAsync(id);
        if (messages > 0)
        {
            StoredMessage[] puts = [.. Enumerable.Range(0, messages).Select(static i => new StoredMessage($"m{i}", Encoding.UTF8.GetBytes($$"""{"id":"m{{i}}","role":"user","parts":[]}"""), Final: true))];
            var delta = new TranscriptDelta { Puts = puts, LastOutSequence = 9, LastInSequence = 3, SavedAt = 1234 };
            await server.Engine.ReplaceTranscriptAsync(new SessionKey(Calls.EnvironmentDefault, id), delta, CancellationToken.None);
        }

        return id;
    }
}
