using System.Text.Json.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;
using AgentSessions.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task CrashRecovery_KillMidAnswer_TheQuestionIsAnsweredOnce()
    {
        await using var host = await Agents.StartModelAsync();
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
        await using var host = await Agents.StartModelAsync();
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
    public async Task FirstMessageDurable_CrashInTurn0OfASessionCreatedWithAMessage_AnsweredOnce()
    {
        await using var host = await Agents.StartModelAsync();
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
        await using var host = await Agents.StartModelAsync();
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

    [Theory]
    [InlineData("OnValidateMessages")]
    [InlineData("OnAction")]
    public async Task PersistedValues_ChangedByATurnThatDied_AreChangedOnce(string hook)
    {
        int seen = 0;
        await using var host = await Agents.StartModelAsync(options =>
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
    public async Task Cancel_EndsWithoutABoundary_AndTheNextRunRecovers()
    {
        await using var host = await Agents.StartModelAsync();
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
