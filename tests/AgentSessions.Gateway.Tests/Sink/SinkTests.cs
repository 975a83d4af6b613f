using System.Net;
using System.Text;
using System.Text.Json;
using AgentSessions.Gateway.Native.Sink;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Sink;

public sealed class SinkTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Fact]
    public async Task Initialize_HandsOutEverythingTheClientNeeds()
    {
        string id = await NewAsync();
        Answer answer = await server.SendAsync("PUT", Calls.ChannelPath(id, "out"));
        Assert.Equal((HttpStatusCode.Accepted, """{"version":"v2"}"""), (answer.Status, answer.Text));
        Assert.NotEmpty(answer.Header("X-S2-Access-Token")!);
        Assert.NotEmpty(answer.Header("X-S2-Basin")!);
        Assert.Matches("^session_[a-z0-9]+/out$", answer.Header("X-S2-Stream-Name"));
        Assert.Equal($"http://{server.Address}/realtime/v1/sink", answer.Header("X-S2-Endpoint"));
    }

    [Fact]
    public async Task Initialize_OfAnEndedSession_Is400_AndOfNone404()
    {
        string id = await NewAsync();
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"));
        Answer closed = await server.SendAsync("PUT", Calls.ChannelPath(id, "out"));
        Assert.Equal((HttpStatusCode.BadRequest, "false"), (closed.Status, closed.Header("x-should-retry")));
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("PUT", Calls.ChannelPath("nobody", "out"))).Status);
    }

    [Fact]
    public async Task Trap20_UnaryJson_AnswersAnExclusiveEnd()
    {
        string id = await NewAsync();
        await server.SayAsync(id, "before");
        SinkClient sink = await SinkClient.OpenAsync(server, id);

        Answer answer = await sink.PostAsync("""{"records":[{"body":"{\"data\":{\"type\":\"x\"},\"id\":\"1\"}"},{"body":"","headers":[["trigger-control","turn-complete"],["x","1"]]}]}""");

        JsonElement ack = answer.Json;
        Assert.Equal((1, 3, 3), (Place(ack, "start"), Place(ack, "end"), Place(ack, "tail")));
        JsonElement[] records = [.. (await server.SendAsync("GET", Calls.ChannelPath(id, "out/records"))).Json.GetProperty("records").EnumerateArray()];
        Assert.Equal("x", records[1].GetProperty("data").GetProperty("type").GetString());
        Assert.Equal("""[["trigger-control","turn-complete"],["x","1"]]""", records[2].GetProperty("headers").GetRawText());
    }

    [Fact]
    public async Task UnaryProtobuf_WithATrim_KeepsItsEightBytes()
    {
        string id = await NewAsync();
        SinkClient sink = await SinkClient.OpenAsync(server, id);
        byte[] answer = await sink.PostProtoAsync(SinkClient.Input([([0, 0, 0, 0, 0, 0, 0x01, 0xFF], [("", "trim")])]));
        Assert.Equal((0, 1, 1), SinkClient.Ack(answer));
        Answer events = await server.SendAsync("GET", Calls.ChannelPath(id, "out"), null, GatewayServer.Key, ("Timeout-Seconds", "1"));
        Assert.Contains("""
            "body":"\u0000\u0000\u0000\u0000\u0000\u0000\u0001ÿ","headers":[["","trim"]]
            """, events.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnaryProtobuf_WithATrim_Trims()
    {
        string id = await NewAsync();
        SinkClient sink = await SinkClient.OpenAsync(server, id);
        byte[] data = """{"data":{},"id":"x"}"""u8.ToArray();
        await sink.PostProtoAsync(SinkClient.Input([(data, []), (data, []), (data, []), ([0, 0, 0, 0, 0, 0, 0, 2], [("", "trim")])]));
        await sink.PostProtoAsync(SinkClient.Input([(data, []), ([0, 0, 0, 0, 0, 0, 0, 2], [("", "trim")])]));
        JsonElement records = (await server.SendAsync("GET", Calls.ChannelPath(id, "out/records"))).Json.GetProperty("records");
        Assert.Equal([2, 4], records.EnumerateArray().Select(static record => record.GetProperty("seqNum").GetInt32()));
    }

    [Fact]
    public async Task MatchSeqNum_ThatIsNotTheTail_Is412()
    {
        string id = await NewAsync();
        SinkClient sink = await SinkClient.OpenAsync(server, id);
        Assert.Equal(HttpStatusCode.OK, (await sink.PostAsync("""{"records":[{"body":"a"}],"match_seq_num":0}""")).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await sink.PostAsync("""{"records":[{"body":"b"}],"match_seq_num":0}""")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"records\":[]}")]
    [InlineData("{\"records\":[1]}")]
    [InlineData("{\"records\":[{\"body\":1}]}")]
    [InlineData("{\"records\":[{\"body\":\"\",\"headers\":[[\"a\"]]}]}")]
    [InlineData("{\"records\":[{\"body\":\"\",\"headers\":{}}]}")]
    [InlineData("{\"records\":[{\"body\":\"\\ud800\"}]}")]
    [InlineData("{\"records\":[{\"body\":\"\"}],\"match_seq_num\":-1}")]
    public async Task UnaryJson_ThatIsMalformed_Is400(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await (await SinkClient.OpenAsync(server, await NewAsync())).PostAsync(body)).Status);

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x0A, 0x7F })]
    [InlineData(new byte[] { 0x0A, 0x02, 0x1A, 0x05 })]
    [InlineData(new byte[] { 0x07 })]
    [InlineData(new byte[] { })]
    public async Task UnaryProtobuf_ThatIsMalformed_Is400(byte[] body) =>
        await Assert.ThrowsAsync<HttpRequestException>(async () => await (await SinkClient.OpenAsync(server, await NewAsync())).PostProtoAsync(body));

    [Fact]
    public async Task Credential_IsGoodForItsStreamOnly()
    {
        string id = await NewAsync(), other = await NewAsync();
        SinkClient sink = await SinkClient.OpenAsync(server, id), foreign = await SinkClient.OpenAsync(server, other);
        const string body = """{"records":[{"body":"x"}]}""";
        Assert.Equal(HttpStatusCode.Forbidden, (await server.SendAsync("POST", foreign.Path, body, sink.Token)).Status);
        foreach (string token in new[] { GatewayServer.Key, server.TokenFor("admin"), sink.Token + "x", "" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("POST", sink.Path, body, token)).Status);
        }

        // Nor is it a credential anywhere else.
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync("GET", Calls.SessionPath(id), null, sink.Token)).Status);
    }

    [Fact]
    public async Task Credential_OfADeletedSession_IsWorthNothingForItsSuccessor()
    {
        string id = await NewAsync();
        SinkClient old = await SinkClient.OpenAsync(server, id);
        await using SinkClient.Session open = await old.ConnectAsync();
        await server.SendAsync("DELETE", Calls.SessionPath(id));
        Assert.Equal(HttpStatusCode.NotFound, (await old.PostAsync("""{"records":[{"body":"x"}]}""")).Status);

        await server.CreateAsync(id);

        Assert.Equal(HttpStatusCode.NotFound, (await old.PostAsync("""{"records":[{"body":"x"}]}""")).Status);
        await open.SendAsync(SinkClient.Input([("x"u8.ToArray(), [])]));
        Assert.True((await open.NextAsync())!.Value.IsTerminal);
        Assert.Empty((await server.SendAsync("GET", Calls.ChannelPath(id, "out/records"))).Json.GetProperty("records").EnumerateArray());
    }

    [Fact]
    public async Task Credential_GotWithAToken_EndsWithIt_AndOneGotWithTheKeyDoesNot()
    {
        await using TemporaryServer own = await TemporaryServer.StartAsync();
        string id = Calls.NewId("sink");
        string token = (await own.Server.CreateAsync(id)).GetProperty("publicAccessToken").GetString()!;
        var ofToken = new SinkClient(own.Server, await own.Server.SendAsync("PUT", Calls.ChannelPath(id, "in"), null, token));
        SinkClient ofKey = await SinkClient.OpenAsync(own.Server, id, "in");
        const string body = """{"records":[{"body":"x"}]}""";
        Assert.Equal(HttpStatusCode.OK, (await ofToken.PostAsync(body)).Status);

        own.Server.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await ofToken.PostAsync(body)).Status);
        Assert.Equal(HttpStatusCode.OK, (await ofKey.PostAsync(body)).Status);
    }

    [Fact]
    public async Task Records_ForIn_TakeTheClientsDoor()
    {
        string id = await NewAsync();
        string token = server.TokenFor($"write:sessions:{id}");
        Answer initialized = await server.SendAsync("PUT", Calls.ChannelPath(id, "in"), null, token);
        var sink = new SinkClient(server, initialized);
        string data = JsonSerializer.Serialize("""{"payload":{"trigger":"action","actionSource":"webhook"}}""");
        string body = JsonSerializer.Serialize(new { records = new[] { new { body = $$"""{"data":{{data}},"id":"p"}""", headers = new[] { new[] { "trigger-control", "turn-complete" } } } } });

        Answer answer = await sink.PostAsync(body);

        Assert.Equal((0, 1), (Place(answer.Json, "start"), Place(answer.Json, "end")));
        JsonElement record = Assert.Single((await server.SendAsync("GET", Calls.ChannelPath(id, "in/records"))).Json.GetProperty("records").EnumerateArray());
        Assert.Equal("""{"payload":{"trigger":"action"}}""", record.GetProperty("data").GetString());
        Assert.False(record.TryGetProperty("headers", out _));
    }

    [Fact]
    public async Task Session_OverClearTextHttp2_AcknowledgesEveryFrameInOrder()
    {
        string id = await NewAsync();
        SinkClient client = await SinkClient.OpenAsync(server, id);
        await using SinkClient.Session session = await client.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            await session.SendAsync(SinkClient.Input([(Encoding.UTF8.GetBytes($"{{\"data\":{i},\"id\":\"{i}a\"}}"), []), (Encoding.UTF8.GetBytes($"{{\"data\":{i},\"id\":\"{i}b\"}}"), [])]));
            Assert.Equal((2 * i, (2 * i) + 2, (2 * i) + 2), SinkClient.Ack((await session.NextAsync())!.Value.Body));
        }

        session.Complete();

        Assert.Null(await session.NextAsync());
        Assert.Equal(10, (await server.SendAsync("GET", Calls.ChannelPath(id, "out/records"))).Json.GetProperty("records").GetArrayLength());
    }

    [Fact]
    public async Task Session_WhoseClientLeaves_IsNoError()
    {
        await using TemporaryServer own = await TemporaryServer.StartAsync();
        await own.Server.CreateAsync("left");
        SinkClient client = await SinkClient.OpenAsync(own.Server, "left");
        await using (SinkClient.Session session = await client.ConnectAsync())
        {
            await session.SendAsync(SinkClient.Input([("x"u8.ToArray(), [])]));
            await session.NextAsync();
            session.Abandon();
        }

        // By the time it serves another session of the connection, the server has seen that the first one's client left.
        await using (SinkClient.Session next = await client.ConnectAsync())
        {
            await next.SendAsync(SinkClient.Input([("y"u8.ToArray(), [])]));
            await next.NextAsync();
        }

        await own.Server.StopAsync();

        Assert.DoesNotContain(own.Server.Logs.Lines, static line => line.Contains("An append session failed unexpectedly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Session_TakesManyFramesSentAtOnce()
    {
        string id = await NewAsync();
        SinkClient client = await SinkClient.OpenAsync(server, id);
        await using SinkClient.Session session = await client.ConnectAsync();
        byte[] big = Encoding.UTF8.GetBytes($"{{\"data\":\"{new string('x', 100_000)}\",\"id\":\"b\"}}");
        for (int i = 0; i < 20; i++)
        {
            await session.SendAsync(SinkClient.Input([(big, [])]));
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(i, SinkClient.Ack((await session.NextAsync())!.Value.Body).Start);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 2, 0, 0xFF }, 400)]
    [InlineData(new byte[] { 0, 0, 0, 0 }, 400)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0 }, 400)]
    [InlineData(new byte[] { 0, 0, 2, 0x40, 0 }, 400)]
    [InlineData(new byte[] { 0, 0, 1, 0 }, 400)]
    public async Task Session_WithAFrameThatIsMalformed_EndsWithATerminalFrame(byte[] bytes, int status)
    {
        SinkClient client = await SinkClient.OpenAsync(server, await NewAsync());
        await using SinkClient.Session session = await client.ConnectAsync();
        await session.SendRawAsync(bytes);
        (bool isTerminal, byte[] body) = (await session.NextAsync())!.Value;
        Assert.True(isTerminal);
        Assert.Equal(status, (body[0] << 8) | body[1]);
        Assert.NotNull(JsonElement.Parse(body.AsSpan(2)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Session_OfASessionThatIsClosedMeanwhile_EndsWithATerminalFrame()
    {
        string id = await NewAsync();
        SinkClient client = await SinkClient.OpenAsync(server, id);
        await using SinkClient.Session session = await client.ConnectAsync();
        await server.SendAsync("POST", Calls.SessionPath(id, "/close"));
        await session.SendAsync(SinkClient.Input([("x"u8.ToArray(), [])]));
        (bool isTerminal, byte[] body) = (await session.NextAsync())!.Value;
        Assert.True(isTerminal);
        Assert.Contains("session_closed", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public void Proto_LeavesOutZerosAndUnknownFields()
    {
        Assert.Equal(new byte[] { 0x0A, 0x00, 0x12, 0x02, 0x08, 0x01, 0x1A, 0x02, 0x08, 0x01 }, SinkProto.WriteAck(new SinkAck(new Cursor(0), new Cursor(1), 0)));
        SinkInput input = SinkProto.ReadInput([0x0A, 0x07, 0x08, 0x05, 0x1A, 0x01, (byte)'a', 0x20, 0x01, 0x10, 0x96, 0x01, 0x1A, 0x01, (byte)'f', 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4]);
        Assert.Equal("a", Encoding.UTF8.GetString(Assert.Single(input.Records).Body.Span));
        Assert.Equal(150, input.ExpectedTail?.Value);
    }

    private static int Place(JsonElement ack, string name) => ack.GetProperty(name).GetProperty("seq_num").GetInt32();

    private async Task<string> NewAsync()
    {
        string id = Calls.NewId("sink/ü");
        await server.CreateAsync(id);
        return id;
    }
}
