using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Puffle;
using AgentSessions.Gateway.Tests.Stagent;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Limits;

/// <summary>The chat APIs keep the limits of the native one, and a refusal costs nothing.</summary>
public sealed class ChatLimitTests
{
    private static readonly string[] _puffleRoutes = ["", "/sync", "/stream"];

    [Theory]
    [InlineData("AgentSessions:RateLimits:AppendsPerEnvironment")]
    [InlineData("AgentSessions:RateLimits:CreatesPerEnvironment")]
    public async Task Puffle_BeyondARate_Is429_AndSpendsNoRun(string limit)
    {
        await using PuffleServer server = await PuffleServer.NewAsync((limit, "1"), ("AgentSessions:RateLimits:Window", "1.00:00:00"));
        await server.StartAsync(new { message = "first" });

        foreach (string route in _puffleRoutes)
        {
            AssertRefused(await server.PostAsync(route, BodyOf(route)), HttpStatusCode.TooManyRequests);
        }

        Assert.Equal(1, await server.CountRunsAsync());
    }

    [Fact]
    public async Task Approval_BeyondARate_Is429_AndTheCallStaysOpen()
    {
        await using PuffleServer server = await PuffleServer.NewAsync(("AgentSessions:RateLimits:AppendsPerSession", "1"));
        RateLimitTests.MoveIntoWindow(server);
        (List<JsonElement> asked, string conversation) = await ChunkReader.RunAsync(server, PuffleCalls.Ask("please"), "permission");
        string call = asked.Single(static chunk => PuffleCalls.TypeOf(chunk) == "tool-input-available").GetProperty("toolCallId").GetString()!;
        object answer = PuffleCalls.Ask("please", conversation, new { toolCallId = call, approved = true });

        AssertRefused(await server.PostAsync("/stream", answer), HttpStatusCode.TooManyRequests);
        Assert.Equal(1, await server.CountRunsAsync());
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        (List<JsonElement> chunks, _) = await ChunkReader.RunAsync(server, answer);

        Assert.Contains(chunks, static chunk => PuffleCalls.TypeOf(chunk) == "tool-output-available");
    }

    [Fact]
    public async Task Stagent_BeyondARate_Is429_AndStoresNothing()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(
            ("AgentSessions:RateLimits:AppendsPerEnvironment", "1"), ("AgentSessions:RateLimits:CreatesPerEnvironment", "1"), ("AgentSessions:RateLimits:Window", "1.00:00:00"));
        StagentServer server = handle.Server;
        string id = await server.NewAsync("permission");
        await using TurnReader turn = await TurnReader.SendAsync(server, id, new { content = "read" });
        JsonElement request = await turn.UntilAsync("permission_request");

        // An answer is not counted: its request would expire meanwhile.
        Assert.False(await server.RespondAsync(id, new { requestId = request.GetProperty("requestId").GetString(), behavior = "deny" }));
        await turn.ReadAllAsync();
        foreach ((string path, object body) in StagentRoutes(id))
        {
            AssertRefused(await server.SendAsync("POST", path, body, token: null), HttpStatusCode.TooManyRequests);
        }

        Assert.Equal(3, (await server.HistoryAsync(id)).Count);
    }

    [Fact]
    public async Task Puffle_WithoutRoomForAWriteOrAReader_Is503_AndSpendsNoRun()
    {
        await using PuffleServer server = await PuffleServer.NewAsync(("AgentSessions:Admission:Writes", "1"), ("AgentSessions:Admission:Readers", "1"));
        var admission = server.Services.GetRequiredService<Admission>();
        using (admission.Write())
        {
            foreach (string route in _puffleRoutes)
            {
                AssertRefused(await server.PostAsync(route, BodyOf(route)), HttpStatusCode.ServiceUnavailable);
            }
        }

        using (admission.Reader())
        {
            AssertRefused(await server.PostAsync("/stream", BodyOf("/stream")), HttpStatusCode.ServiceUnavailable);
        }

        Assert.Equal((0, 0), (await server.CountRunsAsync(), await server.CountSessionsAsync()));
        await ChunkReader.RunAsync(server, BodyOf("/stream"));
    }

    [Fact]
    public async Task Stagent_WithoutRoomForAWriteOrAReader_Is503_AndStoresNothing()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Admission:Writes", "1"), ("AgentSessions:Admission:Readers", "1"));
        StagentServer server = handle.Server;
        string id = await server.NewAsync("echo");
        var admission = server.Services.GetRequiredService<Admission>();
        using (admission.Write())
        {
            foreach ((string path, object body) in StagentRoutes(id))
            {
                AssertRefused(await server.SendAsync("POST", path, body, token: null), HttpStatusCode.ServiceUnavailable);
            }
        }

        using (admission.Reader())
        {
            AssertRefused(await server.SendAsync("POST", $"{StagentCalls.Conversations}/{id}/messages", new { content = "x" }, token: null), HttpStatusCode.ServiceUnavailable);
        }

        Assert.Empty(await server.HistoryAsync(id));
        Assert.Equal("done", StagentCalls.TypeOf((await server.ChatAsync(id, new { content = "x" }))[^1]));
    }

    private static object BodyOf(string route) => route == "/stream" ? PuffleCalls.Ask("x") : new { message = "x" };

    private static (string Path, object Body)[] StagentRoutes(string id) =>
    [
        (StagentCalls.Conversations, new { runtimeId = "claude-code" }),
        ($"{StagentCalls.Conversations}/{id}/messages", new { content = "x" }),
        ("/api/documents?name=x", "x"u8.ToArray()),
    ];

    private static void AssertRefused(Answer answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.Status);
        string wait = answer.Header("Retry-After")!;
        if (status == HttpStatusCode.TooManyRequests)
        {
            Assert.Equal(wait, answer.Field("retryAfter"));
            Assert.Equal("0", answer.Header("x-ratelimit-remaining"));
        }
    }
}
