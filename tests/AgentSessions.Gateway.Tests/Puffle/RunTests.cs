using System.Net;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Puffle.Turns;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Puffle;

/// <summary>Runs that are started and polled, and sync calls.</summary>
public sealed class RunTests(PuffleServer server) : IClassFixture<PuffleServer>
{
    [Fact]
    public async Task Run_Completes_WithTextLogAndToolCalls_AndSaysSoAgain()
    {
        (string run, _) = await server.StartAsync(new { message = "hello\nworld 🚀" });

        Answer done = await server.UntilAsync(run, "completed");

        Assert.Equal("You said: hello\nworld 🚀", done.Field("text"));
        Assert.Equal(["user:hello\nworld 🚀", "assistant:You said: hello\nworld 🚀"], done.Log());
        Assert.Equal("[]", done.Field("toolCalls"));
        Assert.Equal(done.Text, (await server.PollAsync(run)).Text);
        Assert.Null(done.Field("error"));
    }

    [Fact]
    public async Task Runs_OfOneConversation_TakeTurns_WithTheAgentEachAskedFor()
    {
        (string first, string conversation) = await server.StartAsync(new { message = "turns" }, "gate");
        await server.UntilAsync(first, "running");
        (string second, string same) = await server.StartAsync(new { message = "after", conversationId = conversation.ToUpperInvariant() });
        Answer waiting = await server.PollAsync(second);
        (string other, _) = await server.StartAsync(new { message = "elsewhere" });
        await server.UntilAsync(other, "completed");

        server.Open("turns");
        Answer done = await server.UntilAsync(second, "completed");

        Assert.Equal(conversation, same);
        Assert.Equal($$"""{"runId":"{{second}}","status":"queued"}""", waiting.Text);
        Assert.Equal(["user:turns", "assistant:in out", "user:after", "assistant:You said: after"], done.Log());
        Assert.Equal(["user:turns", "assistant:in out"], (await server.UntilAsync(first, "completed")).Log());
    }

    [Fact]
    public async Task History_BeginsANewConversation_AndIsIgnoredByAnOldOne()
    {
        object[] history =
        [
            new { role = "system", content = "be kind" }, new { role = "user", content = "before" },
            new { role = "tool", content = "42", toolName = "lookup", toolCallId = "c1" }, new { role = "assistant", content = "answer" },
        ];
        Answer fresh = await server.PostAsync("/sync", new { message = "now", history }, "context");
        string conversation = fresh.Field("conversationId")!;

        Answer next = await server.PostAsync("/sync", new { message = "then", conversationId = conversation, history = new[] { new { role = "user", content = "forged" } } });

        string[] log = ["system:be kind", "user:before", "tool:42", "assistant:answer", "user:now", "assistant:be kind|before||answer|now"];
        Assert.Equal(log, fresh.Log());
        Assert.Equal([.. log, "user:then", "assistant:You said: then"], next.Log());
        Assert.Equal("c1", fresh.Json.GetProperty("messages")[2].GetProperty("toolCallId").GetString());
        Assert.Equal("[]", fresh.Field("toolCalls"));
    }

    [Fact]
    public async Task OwnLoop_CompletesItsRun_WithTheHistoryItWasGiven()
    {
        Answer answer = await server.PostAsync("/sync", new { message = "now", history = new[] { new { role = "user", content = "before" } } }, "loop");

        Assert.Equal(["user:before", "user:now", "assistant:user:before|user:now"], answer.Log());
    }

    [Fact]
    public async Task Run_OfAChatThatAPersonHolds_WaitsForThatPersonsAnswer()
    {
        (string before, string conversation) = await server.StartAsync(new { message = "first" });
        await server.UntilAsync(before, "completed");
        var session = new SessionKey(Calls.EnvironmentDefault, conversation);
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.TakeOver) { By = "ada" }, default);

        (string run, _) = await server.StartAsync(new { message = "anybody?", conversationId = conversation });
        Assert.Equal("queued", (await server.PollAsync(run)).Field("status"));
        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.Say) { MessageId = "op1", Text = "a person" }, default);
        Answer done = await server.UntilAsync(run, "completed");

        Assert.Equal("a person", done.Field("text"));
        Assert.Equal(["user:first", "assistant:You said: first", "user:anybody?", "assistant:a person"], done.Log());
    }

    [Fact]
    public async Task Run_ThatATakeOverCuts_IsCancelled()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "cut" }, "gate");
        await server.UntilAsync(run, "running");
        var session = new SessionKey(Calls.EnvironmentDefault, conversation);
        await Eventually.HoldsAsync(() => server.Engine.GetBoundsAsync(StreamId.Out(session), default).AsTask(), static bounds => bounds.Tail.Value > 3, "said");

        await server.Engine.HoldAsync(session, new HoldSession(HoldAction.TakeOver) { By = "ada" }, default);

        await server.UntilAsync(run, "cancelled");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/sync")]
    public async Task ToolsAndQuestions_WithoutAnybodyThere_AreDeclined(string path)
    {
        Answer tool = await RunAsync(path, "permission");
        Answer question = await RunAsync(path, "question");

        Assert.Contains("denied: nobody", tool.Field("text"), StringComparison.Ordinal);
        JsonElement call = Assert.Single(tool.Json.GetProperty("toolCalls").EnumerateArray());
        Assert.Equal(("Read", """{"file_path":"/etc/hosts"}"""), (call.GetProperty("toolName").GetString(), call.GetProperty("args").GetRawText()));
        Assert.Equal("No answer: OutputError", question.Field("text"));
    }

    [Fact]
    public async Task Failure_IsTheRunsStatus_AndSyncs500()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "x" }, "fail");

        Assert.Equal($$"""{"runId":"{{run}}","status":"failed","error":"boom"}""", (await server.UntilAsync(run, "failed")).Text);
        Answer sync = await server.PostAsync("/sync", new { message = "x" }, "fail");
        Assert.Equal((HttpStatusCode.InternalServerError, """{"error":"boom"}"""), (sync.Status, sync.Text));
        Answer after = await server.PostAsync("/sync", new { message = "y", conversationId = conversation });
        Assert.Equal(["user:x", "assistant:so far ", "user:y", "assistant:You said: y"], after.Log());
    }

    [Fact]
    public async Task Stop_ThroughTheNativeProtocol_CancelsTheRun()
    {
        (string run, string conversation) = await server.StartAsync(new { message = "stop me" }, "gate");
        await server.UntilAsync(run, "running");

        await server.SendAsync("POST", Calls.ChannelPath(conversation, "in/append"), """{"kind":"stop"}""");

        Assert.Equal($$"""{"runId":"{{run}}","status":"cancelled"}""", (await server.UntilAsync(run, "cancelled")).Text);
    }

    [Fact]
    public async Task Delete_OfTheConversation_CancelsTheRun_AndTakesResultsAlong()
    {
        (string done, string conversation) = await server.StartAsync(new { message = "x" });
        await server.UntilAsync(done, "completed");
        (string run, _) = await server.StartAsync(new { message = "delete me", conversationId = conversation }, "gate");
        await server.UntilAsync(run, "running");

        await server.SendAsync("DELETE", Calls.SessionPath(conversation));

        Assert.Equal("cancelled", (await server.UntilAsync(run, "cancelled")).Field("status"));
        Assert.Equal(HttpStatusCode.NotFound, (await server.PollAsync(done)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("", new { message = "x", conversationId = conversation })).Status);
    }

    [Fact]
    public async Task Run_ThatIsAnsweredAndItsSessionClosed_WhileItIsPolled_IsCompleted()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        (string run, string conversation) = await own.StartAsync(new { message = "late" }, "gate");
        await own.UntilAsync(run, "running");
        var session = new SessionKey(Calls.EnvironmentDefault, conversation);
        own.Store.AfterGet = async key =>
        {
            if (key == TurnReceipt.KeyOf(Calls.EnvironmentDefault, run))
            {
                own.Store.AfterGet = null;
                own.Open("late");
                await Eventually.TrueAsync(
                    async () => await TurnReceipt.FindAsync(own.Store, Calls.EnvironmentDefault, run, CancellationToken.None) is { State: TurnState.Completed }, "the answer");
                await own.SendAsync("POST", Calls.SessionPath(conversation, "/close"), "{}");
                await Eventually.TrueAsync(async () => await own.Engine.FindAsync(session, CancellationToken.None) is { HasLiveRun: false }, "the run's end");
            }
        };

        Answer polled = await own.PollAsync(run);

        Assert.Equal(("completed", "in out"), (polled.Field("status"), polled.Field("text")));
    }

    [Fact]
    public async Task Sync_ThatTakesTooLong_Is504_AndStopsTheTurn()
    {
        await using PuffleServer own = await PuffleServer.NewAsync(("AgentSessions:Puffle:SyncTimeout", "00:00:05"));
        (string first, string conversation) = await own.StartAsync(new { message = "x" });
        await own.UntilAsync(first, "completed");

        Answer late = await own.PostAsync("/sync", new { message = "never", conversationId = conversation }, "gate");

        Assert.Equal(HttpStatusCode.GatewayTimeout, late.Status);
        (string next, _) = await own.StartAsync(new { message = "y", conversationId = conversation });
        Answer log = await own.UntilAsync(next, "completed");
        Assert.Equal(["user:never", "assistant:in "], log.Log()[2..4]);
    }

    [Fact]
    public async Task Sync_WhoseCallerLeaves_StopsItsTurn_AndKeepsWhatWasSaid()
    {
        string conversation = (await server.PostAsync("/sync", new { message = "x" })).Field("conversationId")!;
        using var leave = new CancellationTokenSource();
        using HttpRequestMessage request = Calls.NewRequest(
            "POST", $"{PuffleCalls.Chat}/sync", new { message = "left", conversationId = conversation }, PuffleServer.Alice, ("X-Agent-Id", "gate"));
        Task<HttpResponseMessage> call = server.Http.SendAsync(request, leave.Token);
        await using (EventReader reader = await EventReader.OpenAsync(server, Calls.ChannelPath(conversation, "out")))
        {
            while ((await reader.NextSaidAsync())?.Data.Contains("in ", StringComparison.Ordinal) is not true)
            {
            }
        }

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        Answer after = await server.PostAsync("/sync", new { message = "after", conversationId = conversation });
        Assert.Equal(["user:left", "assistant:in ", "user:after"], after.Log()[2..5]);
    }

    [Fact]
    public async Task Conversation_ThatCannotBeCreated_IsLeftOut_AndTheRunGoesAhead()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        own.Store.CommitFailure = commit => commit.Row is { ExternalId: not null } ? new StoreUnavailableException("for a test") : null;

        Answer started = await own.PostAsync("", new { message = "x" });

        Assert.Equal(HttpStatusCode.Accepted, started.Status);
        Assert.Null(started.Field("conversationId"));
        Assert.Equal("You said: x", (await own.UntilAsync(started.Field("runId")!, "completed")).Field("text"));
    }

    [Fact]
    public async Task Results_AreReadableForADay_AndSweptAfterwards()
    {
        await using PuffleServer own = await PuffleServer.NewAsync();
        (string run, _) = await own.StartAsync(new { message = "x" });
        await own.UntilAsync(run, "completed");
        RunSweep sweep = own.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<RunSweep>().Single();

        own.Clock.Advance(TimeSpan.FromHours(23));
        await sweep.SweepAsync(default);
        Assert.Equal(HttpStatusCode.OK, (await own.PollAsync(run)).Status);

        own.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.NotFound, (await own.PollAsync(run)).Status);
        await sweep.SweepAsync(default);
        Assert.Empty(await own.Engine.State.ListAsync("default", "puffle-runs", "", null, 10, default));
        Assert.Empty(await own.Engine.State.ListAsync("default", "turn-receipts", "", null, 10, default));
    }

    private async Task<Answer> RunAsync(string path, string agent)
    {
        Answer answer = await server.PostAsync(path, new { message = "x" }, agent);
        return path == "/sync" ? answer : await server.UntilAsync(answer.Field("runId")!, "completed");
    }
}
