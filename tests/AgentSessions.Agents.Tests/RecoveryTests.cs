using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class RecoveryTests
{
    private static Task<AgentTestHost> StartAsync(Action<AgentOptions>? options = null, object? config = null, params AITool[] tools) => AgentTestHost.StartAsync(
        Agents.RespondAsync,
        host =>
        {
            host.TriggerConfig = config;
            host.Options = agent =>
            {
                agent.Tools = (_, _) => new(tools);
                options?.Invoke(agent);
            };
        });

    [Fact]
    public async Task CrashRecovery_KillMidAnswer_TheQuestionIsAnsweredOnce()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Text("whole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("half whole", turn.Text);
        Assert.Equal("whole", turn.Message!.Text);
        Assert.Equal(["a", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
        Assert.Equal(["a"], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal([RunReason.Initial, RunReason.Continuation], (await host.RunsAsync()).Select(run => run.Reason));
        Assert.Contains("OnRecovery", host.HookLog);
    }

    [Fact]
    public async Task CrashRecovery_ClosesTheBrokenMessageBeforeTheFreshOne()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Text("whole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal(
            ["start", "start-step", "text-start", "text-delta", "finish-step", "start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"],
            turn.Chunks.Select(chunk => chunk.Type));
        Assert.Equal(2, turn.Chunks.OfType<StartChunk>().Select(start => start.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task RecoverySplice_KillThenSecondMessage_PromptIsSU0PU1()
    {
        await using var host = await StartAsync();
        host.Model.Text("before").Hangs("half ").Text("whole");
        await host.SendAsync("s");
        await host.PostAsync("u0");
        await host.TextAsync("half");
        await host.PostAsync("u1");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(2);

        Assert.Equal(["s", "before", "u0", "half ", "u1"], host.Model.Calls[2].Messages.Select(message => message.Text));
        Assert.Equal(["s", "before", "u0", "half ", "u1", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Theory]
    [InlineData("text-start")]
    [InlineData("tool-input-start")]
    public async Task RecoverySplice_OfAnAnswerThatSaidNothing_AnswersItsMessageToo(string begun)
    {
        await using var host = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            if (!turn.IsContinuation)
            {
                await turn.Output.WriteAsync(begun == "text-start" ? new TextStartChunk("t") : new ToolInputStartChunk("c", "look"), ct);
                await turn.Output.WriteAsync(new DataChunk("begun", UIJson.Null) { Transient = true }, ct);
                await Task.Delay(Timeout.Infinite, ct);
            }

            await turn.Output.WriteTextAsync($"to {turn.Message!.Text}", ct);
        });
        await host.PostAsync("u0");
        await host.RecordAsync(static record => record.Body.Contains("data-begun"));
        await host.PostAsync("u1");
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(1);

        Assert.Equal(["u0", "to u0", "u1", "to u1"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    /// <summary>Kills the run that answers the first message, and the next one in the second's answer; waits until the last one's is there.</summary>
    private static async Task KillTwiceAsync(AgentTestHost host, params string[] behind)
    {
        await host.PostAsync("u0");
        await host.TextAsync("half");
        foreach (string text in behind)
        {
            await host.PostAsync(text);
        }

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.RecordAsync(static record => record.Body.Contains("more"));
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(behind.Length);
    }

    [Fact]
    public async Task RecoverySplice_OfARunThatWritesUntilItIsClaimedFrom_KeepsAllThatWasSeen()
    {
        using var more = new SemaphoreSlim(0);
        await using var dead = await AgentTestHost.StartAsync(async (turn, ct) =>
        {
            await turn.Output.WriteTextAsync("half ", ct);
            await more.WaitAsync(ct);
            await turn.Output.WriteTextAsync("more", ct);
            await Task.Delay(Timeout.Infinite, ct);
        });
        await using var other = await AgentTestHost.StartAsync(
            static (turn, ct) => turn.Output.WriteTextAsync("whole", ct).AsTask(), host => host.Beside = dead);
        await dead.PostAsync("u0");
        await dead.TextAsync("half");
        long sequence = await dead.PostAsync("u1");

        // The other process has read the session and is about to take it over.
        other.Store.Before = commit =>
        {
            other.Store.Before = null;
            more.Release();
            dead.TextAsync("more").GetAwaiter().GetResult();
        };
        await other.StartSessionAsync();
        await other.WaitForTurnAsync(sequence);

        Assert.Equal(["u0", "half more", "u1", "whole"], (await other.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task SecondKill_WhileTheSecondMessageIsAnswered_KeepsWhatTheFirstGot()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Hangs("more ").Text("whole").Text("last");
        await KillTwiceAsync(host, "u1", "u2");

        Assert.Equal(["u0", "half ", "u1", "more ", "u2", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["u0", "half ", "u1", "more ", "u2"], host.Model.Calls[2].Messages.Select(static message => message.Text));
        Assert.Equal(3, host.Model.Calls.Count);
    }

    [Fact]
    public async Task SecondKill_WhileTheLastMessageIsAnswered_AnswersItAfresh()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Hangs("more ").Text("whole");
        await KillTwiceAsync(host, "u1");

        Assert.Equal(["u0", "half ", "u1", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.Equal(["u0", "half ", "u1"], host.Model.Calls[2].Messages.Select(static message => message.Text));
    }

    [Theory]
    [InlineData("regenerate")]
    [InlineData("action")]
    [InlineData("output")]
    public async Task RecoverySplice_OfATurnThatIsNoUserMessage_TakesNoQuestionBehindIt(string owner)
    {
        await using var host = await StartAsync(
            options => options.OnAction = (_, _) => Task.FromResult(ActionOutcome.Answer("act")), null, AIFunctionFactory.CreateDeclaration("ask", null, default));
        host.Model.ToolCall("ask", null, "c1");
        UIMessage asked = (await host.SendAsync("s")).Message!;
        host.Model.Hangs("half ").Text("whole").Text("first").Text("second");
        Task owned = owner switch
        {
            "regenerate" => host.RegenerateAsync(),
            "action" => host.SendActionAsync(new { }),
            _ => host.AddToolOutputAsync(asked, "c1", "yes"),
        };
        await host.TextAsync("half");
        await host.PostAsync("u1");
        await host.PostAsync("u2");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await owned;
        await host.WaitForTurnAsync(3);

        string[] texts = [.. (await host.TranscriptAsync()).Select(static message => message.Text)];
        Assert.Equal(["whole", "u1", "first", "u2", "second"], texts[^5..]);
        Assert.DoesNotContain("half ", texts);
        Assert.Equal(4, host.AllRecords.Count(static record => record.Control == ControlHeaders.TurnComplete));
    }

    [Fact]
    public async Task SecondKill_BeforeTheAnswerToTheSecondMessageBegan_AnswersItAfresh()
    {
        int turns = 0;
        await using var host = await StartAsync(options => options.OnTurnStart = (_, ct) => ++turns == 2 ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask);
        host.Model.Hangs("half ").Text("whole").Text("last");
        await host.PostAsync("u0");
        await host.TextAsync("half");
        await host.PostAsync("u1");
        await host.PostAsync("u2");
        await host.CrashRunAsync();
        await host.RestartAsync();

        // What a turn begins with waits for its first word, but not for long.
        await host.HookCalledAsync("OnTurnStart", 2);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.RecordAsync(static record => record.Body.Contains("finish-step"));
        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(2);

        Assert.Equal(["u0", "half ", "u1", "whole", "u2", "last"], (await host.TranscriptAsync()).Select(static message => message.Text));
    }

    [Fact]
    public async Task FirstMessageDurable_CrashInTurn0OfASessionCreatedWithAMessage_AnsweredOnce()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Text("whole");
        await host.StartSessionAsync(new { trigger = "submit-message", message = new { id = "m1", role = "user", parts = new[] { new { type = "text", text = "first" } } } });
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        TestTurn turn = await host.WaitForTurnAsync(0);

        Assert.Equal("whole", turn.Message!.Text);
        Assert.Equal(["first", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task StaleStopIgnored_AStopBeforeTheCrashDoesNotStopTheRecoveredTurn()
    {
        TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await StartAsync();
        host.Model.Hangs("half ").TextWhen("w", finished.Task, "hole");
        long sequence = await host.PostAsync("a");
        await host.TextAsync("half");
        await host.CrashRunAsync();
        await host.AppendWhileDownAsync(new JsonObject { ["kind"] = "stop" });

        await host.RestartAsync();
        await host.TextAsync("half w");
        finished.SetResult();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.False(turn.Stopped);
        Assert.Equal("whole", turn.Message!.Text);
    }

    [Fact]
    public async Task OnRecovery_ChainAndListAreHonoured()
    {
        await using var host = await StartAsync(options => options.OnRecovery = (recovery, _) => Task.FromResult<RecoveryPlan?>(new RecoveryPlan
        {
            Messages = [UIMessage.User("x", "chain")],
            Redispatch = [UIMessage.User("y", "instead")],
        }));
        host.Model.Hangs("half ").Text("whole");
        await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(0);

        Assert.Equal(["chain", "instead"], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal(["chain", "instead", "whole"], (await host.TranscriptAsync()).Select(message => message.Text));
    }

    [Fact]
    public async Task OnRecovery_AnEmptyList_EndsEveryMessageWithABoundary_AndNoRunFollows()
    {
        await using var host = await StartAsync(options => options.OnRecovery = (_, _) => Task.FromResult<RecoveryPlan?>(new RecoveryPlan { Redispatch = [] }));
        host.Model.Hangs("half ").Text("fine");
        await host.PostAsync("a");
        await host.TextAsync("half");
        await host.PostAsync("b");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(1);
        await host.AdvanceAsync(TimeSpan.FromSeconds(30));
        await host.RunsEndedAsync(1);

        Assert.Equal(["0", "1"], host.AllRecords.Where(static record => record.Control == ControlHeaders.TurnComplete).Select(static record => record.Header(ControlHeaders.InEventId)));
        Assert.Equal(2, (await host.RunsAsync()).Count);
        Assert.DoesNotContain("Run", host.HookLog.SkipWhile(static hook => hook != "OnRecovery"));
        Assert.Equal("fine", (await host.SendAsync("next")).Text);
    }

    [Theory]
    [InlineData("OnValidateMessages")]
    [InlineData("OnAction")]
    public async Task PersistedValues_ChangedByATurnThatDied_AreChangedOnce(string hook)
    {
        int seen = 0;
        await using var host = await StartAsync(options =>
        {
            options.OnValidateMessages = (turn, incoming, _) =>
            {
                Raise(turn.Services);
                return Task.FromResult(incoming);
            };
            options.OnAction = (action, _) =>
            {
                Raise(action.Services);
                return Task.FromResult(ActionOutcome.Answer("a"));
            };
            options.OnTurnComplete = (turn, _) =>
            {
                seen = turn.Services.GetRequiredService<AgentState<Count>>().Value.Number;
                return Task.CompletedTask;
            };
        });
        host.Model.Hangs("half ").Text("whole");
        long sequence = hook == "OnAction" ? await host.PostActionAsync(new { }) : await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();
        await host.WaitForTurnAsync(sequence);

        Assert.Equal(1, seen);

        static void Raise(IServiceProvider services)
        {
            AgentState<Count> count = services.GetRequiredService<AgentState<Count>>();
            count.Set(new Count(count.Value.Number + 1));
        }
    }

    [Persisted]
    private sealed record Count(int Number = 0);

    [Fact]
    public async Task OnRecovery_Throws_DefaultsApply()
    {
        await using var host = await StartAsync(options => options.OnRecovery = (_, _) => throw new InvalidOperationException());
        host.Model.Hangs("half ").Text("whole");
        await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CrashRunAsync();
        await host.RestartAsync();

        Assert.Equal("whole", (await host.WaitForTurnAsync(0)).Message!.Text);
    }

    [Fact]
    public async Task MaxAttempts_DeathsWithMessagesThatKeptTheirAnswers_AreNotCountedForTheNextOne()
    {
        await using var host = await StartAsync(config: new { maxAttempts = 2 });
        host.Model.Hangs("half ").Hangs("more ").Text("whole");
        await KillTwiceAsync(host, "u1", "u2");

        Assert.Equal(["u0", "half ", "u1", "more ", "u2", "whole"], (await host.TranscriptAsync()).Select(static message => message.Text));
        Assert.DoesNotContain(host.AllRecords, static record => record.Body.Contains("could not be answered"));
        Assert.Equal(3, host.Model.Calls.Count);
    }

    [Fact]
    public async Task Cancel_EndsWithoutABoundary_AndTheNextRunRecovers()
    {
        await using var host = await StartAsync();
        host.Model.Hangs("half ").Text("whole");
        await host.PostAsync("a");
        await host.TextAsync("half");

        await host.CancelRunAsync();
        await host.RunsEndedAsync(1);
        Assert.DoesNotContain(host.AllRecords, record => record.Control is not null);
        await host.PostAsync("b");
        TestTurn turn = await host.WaitForTurnAsync(1);

        Assert.Equal(["a", "half ", "b"], host.Model.Calls[1].Messages.Select(message => message.Text));
        Assert.Equal("whole", turn.Message!.Text);
        Assert.Equal(RunStatus.Canceled, (await host.RunsAsync())[0].Status);
    }
}
