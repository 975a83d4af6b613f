using System.Net;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Puffle;
using AgentSessions.Gateway.Tests.Stagent;

namespace AgentSessions.Gateway.Tests.Streaming;

/// <summary>One rule for the streams of all APIs.</summary>
public sealed class StreamHeaderTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    [Fact]
    public async Task Streams_OfAllApis_AreNeitherKeptNorChangedNorHeldBack()
    {
        string chat = Calls.NewId("headers");
        await server.CreateAsync(chat);
        string conversation = await server.NewAsync("echo", PuffleServer.Alice);

        Answer native = await AskAsync("GET", Calls.ChannelPath(chat, "out"), null, GatewayServer.Key, ("Timeout-Seconds", "1"));
        Answer stagent = await AskAsync("POST", $"{StagentCalls.Conversations}/{conversation}/messages", new { content = "hi" }, PuffleServer.Alice);
        Answer puffle = await AskAsync("POST", $"{PuffleCalls.Chat}/stream", PuffleCalls.Ask("hi"), PuffleServer.Alice);
        Answer mcp = await AskAsync("POST", "/mcp", new { jsonrpc = "2.0", id = 1, method = "tools/list" }, GatewayServer.Key, ("Accept", "application/json, text/event-stream"));

        Assert.All([native, stagent, puffle, mcp], static stream =>
        {
            Assert.Equal(HttpStatusCode.OK, stream.Status);
            Assert.StartsWith("text/event-stream", stream.Header("Content-Type"), StringComparison.Ordinal);
            Assert.True(stream.Headers.CacheControl is { NoCache: true, NoTransform: true });
            Assert.Equal(("no", null), (stream.Header("X-Accel-Buffering"), stream.Header("Content-Encoding")));
        });
    }

    private Task<Answer> AskAsync(string method, string path, object? body, string token, params (string Name, string Value)[] headers) =>
        server.SendAsync(method, path, body, token, [.. headers, ("Accept-Encoding", "gzip, br")]);
}
