using System.Net;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>Who may call, and what is refused.</summary>
public sealed class RequestTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    private const string Unknown = "9b2f0f66-6f6c-4c8e-9d5b-0c1f3a6a7e11";

    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "/sync")]
    [InlineData("POST", "/stream")]
    [InlineData("GET", "/abc")]
    public async Task Caller_IsCheckedBeforeAnythingElse(string method, string path)
    {
        string? body = method == "POST" ? "{" : null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, path, body, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, path, body, "pk_live_nobody")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, path, body, GatewayServer.Key)).Status);
        Answer forbidden = await SendAsync(method, path, body, PuffleServer.Carol);
        Assert.Equal((HttpStatusCode.Forbidden, "error"), (forbidden.Status, Assert.Single(forbidden.Json.EnumerateObject()).Name));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(method, path, body, PuffleServer.Bob)).Status);
    }

    [Theory]
    [InlineData("", "nobody")]
    [InlineData("/sync", "nobody")]
    [InlineData("/stream", OwnTranscripts.Agent)]
    [InlineData("", OwnTranscripts.Agent)]
    [InlineData("/sync", OwnTranscripts.Agent)]
    public async Task Agent_ThatIsUnknown_OrKeepsItsConversationsElsewhere_IsRefused(string route, string agent)
    {
        Answer refused = await server.PostAsync(route, route == "/stream" ? PuffleCalls.Ask("x") : new { message = "x" }, agent);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("agent", refused.Field("error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/sync")]
    [InlineData("/stream")]
    public async Task Agent_ThatNobodyNamed_IsAnErrorThatSaysTheSetting(string route)
    {
        await using PuffleServer unnamed = await PuffleServer.NewAsync(("AgentSessions:Puffle:Agent", "nobody"));

        Answer failed = await unnamed.SendAsync(
            "POST", PuffleCalls.Chat + route, route == "/stream" ? PuffleCalls.Ask("x") : new { message = "x" }, PuffleServer.Alice);

        Assert.Equal((HttpStatusCode.InternalServerError, "error"), (failed.Status, Assert.Single(failed.Json.EnumerateObject()).Name));
        Assert.Contains("AgentSessions:Puffle:Agent", failed.Field("error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"message":null}""")]
    [InlineData("""{"message":""}""")]
    [InlineData("""{"message":5}""")]
    [InlineData("""{"message":"x","conversationId":"nope"}""")]
    [InlineData("""{"message":"x","conversationId":""}""")]
    [InlineData("""{"message":"x","conversationId":"12345678-1234-9234-8234-123456789012"}""")]
    [InlineData("""{"message":"x","conversationId":"12345678-1234-4234-8234-123456789012\n"}""")]
    [InlineData("""{"message":"x","history":"no"}""")]
    [InlineData("""{"message":"x","history":[5]}""")]
    [InlineData("""{"message":"x","history":[{"role":"robot","content":"y"}]}""")]
    [InlineData("""{"message":"x","history":[{"role":"user","content":[]}]}""")]
    public async Task Body_ThatBreaksARule_Is400(string body)
    {
        Answer answer = await server.SendAsync("POST", PuffleCalls.Chat, body, PuffleServer.Alice);
        Assert.Equal((HttpStatusCode.BadRequest, "error"), (answer.Status, Assert.Single(answer.Json.EnumerateObject()).Name));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"messages":[5]}""")]
    [InlineData("""{"messages":[{"role":"user"}]}""")]
    [InlineData("""{"messages":[{"role":"user","parts":[]}]}""")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"file","url":"x","mediaType":"y"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"text","text":"x"}]}],"conversationId":"nope"}""")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"text","text":"x"}]}],"approvalResponse":{"approved":true}}""")]
    [InlineData("""{"messages":[{"role":"user","parts":[{"type":"text","text":"x"}]}],"approvalResponse":{"toolCallId":"c","approved":"yes"}}""")]
    public async Task StreamBody_ThatBreaksARule_Is400(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", $"{PuffleCalls.Chat}/stream", body, PuffleServer.Alice)).Status);

    [Theory]
    [InlineData(Unknown)]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")]
    public async Task Conversation_ThatIsUnknownOrForeign_Is404(string unknown)
    {
        (_, string bobs) = await server.StartAsync(new { message = "secret" }, token: PuffleServer.Bob);

        Answer first = await server.PostAsync("", new { message = "x", conversationId = unknown });
        Answer foreign = await server.PostAsync("/sync", new { message = "x", conversationId = bobs });
        Answer stream = await server.PostAsync("/stream", PuffleCalls.Ask("x", bobs));

        Assert.Equal((HttpStatusCode.NotFound, first.Text), (first.Status, foreign.Text));
        Assert.Equal((HttpStatusCode.NotFound, first.Text), (stream.Status, stream.Text));
    }

    [Fact]
    public async Task Run_ThatIsUnknownOrForeign_Is404_AndNoRunIdIs400()
    {
        (string bobs, _) = await server.StartAsync(new { message = "secret" }, token: PuffleServer.Bob);

        Answer foreign = await server.PollAsync(bobs);
        Answer unknown = await server.PollAsync("run_0123456789abcdef");

        Assert.Equal((HttpStatusCode.NotFound, unknown.Text), (foreign.Status, foreign.Text));
        Assert.Equal(unknown.Text, (await server.PollAsync("run_" + new string('f', 32))).Text);
        foreach (string id in new[] { "abc", "RUN_abc", "1", "run_a.b", "run_ä", "run_" + new string('a', 97), "mock-stream" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await server.PollAsync(Uri.EscapeDataString(id))).Status);
        }
    }

    [Fact]
    public async Task Limits_AndMethods()
    {
        Answer large = await server.SendAsync("POST", PuffleCalls.Chat, new { message = new string('x', (1024 * 1024) + 1) }, PuffleServer.Alice);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "error"), (large.Status, Assert.Single(large.Json.EnumerateObject()).Name));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync("PUT", "", "{}", PuffleServer.Alice)).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync("GET", "", null, PuffleServer.Alice)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("POST", "/mock-stream", "{}", PuffleServer.Alice)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("", new { message = "x" }, "no-such-agent")).Status);
    }

    [Fact]
    public async Task Message_ThatNoRecordCanHold_Is413_AndCostsNothing()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:RunsPerWindow", "1"));
        string lines = new('\n', 400_000);

        Answer start = await own.PostAsync("", new { message = lines });
        Answer stream = await own.PostAsync("/stream", PuffleCalls.Ask(lines));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, start.Text), (start.Status, stream.Text));
        Assert.Equal(0, await own.CountSessionsAsync());
        Assert.Equal(HttpStatusCode.OK, (await own.PostAsync("/sync", new { message = "x", history = new[] { new { role = "user", content = lines } } })).Status);
    }

    [Fact]
    public async Task AgentHeader_IsIgnored_UnlessItIsAllowed()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:AgentHeader", "false"));
        Assert.Equal("You said: x", (await own.PostAsync("/sync", new { message = "x" }, "fail")).Field("text"));
    }

    [Fact]
    public async Task Unexpected_Is500_WithoutDetails()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        own.Store.LoadFailure = new InvalidOperationException("a secret");

        Answer answer = await own.PostAsync("", new { message = "x", conversationId = Unknown });

        Assert.Equal((HttpStatusCode.InternalServerError, """{"error":"Internal server error"}"""), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task Budget_ThatIsExceeded_IsToldOnceAWindow_AlsoAfterItsDelivery()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(
            ("AgentSessions:Puffle:RunsPerWindow", "1"), ("AgentSessions:Puffle:RunWindow", "1.00:00:00"),
            ("AgentSessions:Webhooks:PollInterval", "00:01:00"),
            ("AgentSessions:Webhooks:Endpoints:all:Url", "https://hooks.invalid/"), ("AgentSessions:Webhooks:Endpoints:all:Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"),
            ("AgentSessions:Webhooks:Endpoints:all:Events:0", "budget.exceeded"));
        await own.StartAsync(new { message = "x" });
        await own.PostAsync("", new { message = "x" });
        StateEntry told = Assert.Single(await PendingAsync());

        // As its delivery leaves it.
        await own.Store.PutAsync(new StatePut(told.Key with { Space = "webhook-log" }, told.Value), expectedVersion: null, default);
        await own.Store.PutAsync(new StatePut(told.Key, Value: null), expectedVersion: null, default);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await own.PostAsync("", new { message = "x" })).Status);

        Assert.Empty(await PendingAsync());

        ValueTask<IReadOnlyList<StateEntry>> PendingAsync() =>
            own.Store.ListAsync(Calls.EnvironmentDefault, "webhook-events", "", after: null, limit: 10, default);
    }

    [Fact]
    public async Task Budget_IsOneForAllWaysToRun_EachUsersOwn_AndSpentByAcceptedRunsOnly()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:RunsPerWindow", "3"));
        for (int i = 0; i < 5; i++)
        {
            await own.PostAsync("", new { });
            await own.PostAsync("/sync", new { message = "x", conversationId = Unknown });
        }

        (string run, _) = await own.StartAsync(new { message = "x" });
        Assert.Equal(HttpStatusCode.OK, (await own.PostAsync("/sync", new { message = "x" })).Status);
        await ChunkReader.RunAsync(own, PuffleCalls.Ask("x"));
        Answer refused = await own.PostAsync("", new { message = "x" });

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        int seconds = refused.Json.GetProperty("retryAfter").GetInt32();
        Assert.InRange(seconds, 1, 60);
        Assert.Equal(seconds.ToString(), refused.Header("Retry-After"));
        Assert.Equal(["error", "retryAfter"], refused.Json.EnumerateObject().Select(static field => field.Name));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await own.PostAsync("/stream", PuffleCalls.Ask("x"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await own.PostAsync("", new { })).Status);
        Assert.Equal(HttpStatusCode.OK, (await own.PollAsync(run)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await own.PostAsync("", new { message = "x" }, token: PuffleServer.Bob)).Status);

        own.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.Accepted, (await own.PostAsync("", new { message = "x" })).Status);
    }

    private Task<Answer> SendAsync(string method, string path, object? body, string? token) =>
        server.SendAsync(method, PuffleCalls.Chat + path, body, token);
}
