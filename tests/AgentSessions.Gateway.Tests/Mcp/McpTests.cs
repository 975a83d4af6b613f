using System.Net;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Puffle;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Gateway.Tests.Mcp;

/// <summary>What MCP's tools say of sessions that others change meanwhile.</summary>
public sealed class McpTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    private readonly string _chat = Calls.NewId("mcp");

    [Fact]
    public async Task SendMessage_WhoseRunIsCancelled_SaysSoAtOnce_AndTheAnswerIsReadLater()
    {
        await GatedAsync();
        Task<JsonElement> sent = CallAsync("send_message", new { session = _chat, text = "cancel me", waitSeconds = 600 });
        await SaidAsync();
        string run = (await server.SendAsync("GET", Calls.SessionPath(_chat))).Field("currentRunId")!;

        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel", "{}");
        JsonElement result = await Structured(sent);

        Assert.Equal("cancelled", result.GetProperty("status").GetString());

        // Behind the next message it is answered first.
        server.Open("cancel me");
        server.Open("go on");
        await CallAsync("send_message", new { session = _chat, text = "go on", waitSeconds = 60 });
        JsonElement read = await Structured(CallAsync("read_session", new { session = _chat, cursor = result.GetProperty("cursor").GetString() }));
        Assert.Equal("in out", read.GetProperty("turn").GetProperty("text").GetString());
    }

    [Fact]
    public async Task ReadSession_WhoseRunWasCancelled_IsNotCalledRunning()
    {
        await GatedAsync();
        await CallAsync("send_message", new { session = _chat, text = "unread", waitSeconds = 0 });
        await SaidAsync();
        string run = (await server.SendAsync("GET", Calls.SessionPath(_chat))).Field("currentRunId")!;
        await server.SendAsync("POST", $"/api/v2/runs/{run}/cancel", "{}");

        JsonElement read = await Structured(CallAsync("read_session", new { session = _chat, cursor = "-1:0", waitSeconds = 0 }));

        Assert.Equal("idle", read.GetProperty("turn").GetProperty("status").GetString());
        Assert.False(read.GetProperty("isRunning").GetBoolean());
    }

    [Fact]
    public async Task ReadSession_BetweenTwoTurns_IsCalledRunning_UntilTheLastIsOver()
    {
        await GatedAsync();
        await CallAsync("send_message", new { session = _chat, text = "first of two", waitSeconds = 0 });
        await SaidAsync();
        await CallAsync("send_message", new { session = _chat, text = "second of two", waitSeconds = 0 });

        await BoundaryAsync(floor: 0);
        JsonElement between = await Structured(CallAsync("read_session", new { session = _chat }));
        await BoundaryAsync(floor: 1);
        JsonElement behind = await Structured(CallAsync("read_session", new { session = _chat }));

        Assert.Equal((true, false), (between.GetProperty("isRunning").GetBoolean(), behind.GetProperty("isRunning").GetBoolean()));
    }

    [Fact]
    public async Task SendMessage_WhoseSessionIsDeleted_SaysSoAtOnce()
    {
        await GatedAsync();
        Task<JsonElement> sent = CallAsync("send_message", new { session = _chat, text = "delete me", waitSeconds = 600 });
        await SaidAsync();

        await server.SendAsync("DELETE", Calls.SessionPath(_chat));
        JsonElement result = await sent;

        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Equal("The session was deleted before it answered", result.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task SendMessage_RepeatedMuchLater_AnswersWhatWasAnswered_AndAppendsNothing()
    {
        await server.CreateAsync(_chat);
        object first = new { session = _chat, text = "first", messageId = "m-first", waitSeconds = 60 };
        await CallAsync("send_message", first);
        for (int i = 0; i < 33; i++)
        {
            await CallAsync("send_message", new { session = _chat, text = $"{i}", waitSeconds = 60 });
        }

        server.Clock.Advance(TimeSpan.FromMinutes(11));
        await CallAsync("send_message", new { session = _chat, text = "much later", waitSeconds = 60 });
        JsonElement repeated = await Structured(CallAsync("send_message", first));
        Answer records = await server.SendAsync("GET", Calls.ChannelPath(_chat, "in/records"));

        Assert.Equal(("completed", "You said: first"), (repeated.GetProperty("status").GetString(), repeated.GetProperty("text").GetString()));
        Assert.Equal(35, records.Json.GetProperty("records").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x"}}""")]
    [InlineData("""{"protocolVersion":"2025-06-18","capabilities":[[]],"clientInfo":{"name":"x","version":"1"}}""")]
    [InlineData("""{"protocolVersion":7,"capabilities":{},"clientInfo":{"name":"x","version":"1"}}""")]
    [InlineData("""{"protocolVersion":"2025-06-18","clientInfo":{"name":"x","version":"1"}}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Initialize_WithParametersThatAreNone_IsToldSo(string parameters)
    {
        Answer answer = await server.SendAsync("POST", "/mcp", $$"""{"jsonrpc":"2.0","id":"i-1","method":"initialize","params":{{parameters}}}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("i-1", answer.Json.GetProperty("id").GetString());
        Assert.Equal(-32602, answer.Json.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal("The parameters are none of initialize", answer.Json.GetProperty("error").GetProperty("message").GetString());
    }

    /// <summary>A session whose agent waits in the middle of its answers.</summary>
    private Task GatedAsync() =>
        server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(_chat).Replace("\"echo\"", "\"gate\"", StringComparison.Ordinal));

    private Task SaidAsync() => Eventually.TrueAsync(
        async () => (await server.SendAsync("GET", Calls.ChannelPath(_chat, "out/records"))).Text.Contains("in ", StringComparison.Ordinal), "the agent's first words");

    /// <summary>A boundary as a run writes it that has answered the messages up to a floor.</summary>
    private async Task BoundaryAsync(long floor)
    {
        var session = new SessionKey("default", _chat);
        var batch = new RecordBatchBuilder((await server.Store.GetBoundsAsync(StreamId.Out(session), default)).Tail);
        batch.Add(
            [],
            [new RecordHeader(ControlHeaders.Control, ControlHeaders.TurnComplete), new RecordHeader(ControlHeaders.InEventId, $"{floor}")],
            server.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        await server.Store.CommitAsync(new SessionCommit { Session = session, Appends = [new StreamAppend(StreamId.Out(session), batch.Take()!)] }, default);
    }

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        Answer answer = await server.SendAsync(
            "POST",
            "/mcp",
            new { jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name = tool, arguments } },
            GatewayServer.Key,
            ("Accept", "application/json, text/event-stream"));
        string data = answer.Text.Split('\n').Single(static line => line.StartsWith("data:", StringComparison.Ordinal));
        return JsonElement.Parse(data["data:".Length..]).GetProperty("result");
    }

    private static async Task<JsonElement> Structured(Task<JsonElement> result) => (await result).GetProperty("structuredContent");
}
