using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Testing;

namespace AgentSessions.Agents.Tests;

public sealed class WaitingTests
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task IdleThenParkedThenEnd_HooksFireOnceWithTheirPhase()
    {
        var calls = new List<string>();
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.TurnTimeout = TimeSpan.FromHours(1);
            options.OnSuspend = (wait, _) => Note(calls, $"suspend {wait.Phase}");
            options.OnResume = (wait, _) => Note(calls, $"resume {wait.Phase}");
        });
        await host.SendAsync("a");

        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");
        await host.IdleAsync();
        Assert.Equal("3: b", (await host.SendAsync("b")).Text);
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend", 2);
        await host.AdvanceAsync(TimeSpan.FromHours(1));
        await host.RunsEndedAsync(1);

        Assert.Equal(["suspend Turn", "resume Turn", "suspend Turn"], calls);
        RunRow run = Assert.Single(await host.RunsAsync());
        Assert.Equal(RunEnd.IdleTimeout, run.End);
        Assert.Single(host.HookLog, hook => hook == "OnBoot");
    }

    [Fact]
    public async Task Preload_SuspendsWithItsPhase_AndAnswersTheFirstMessage()
    {
        var calls = new List<string>();
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.PreloadTurnTimeout = TimeSpan.FromHours(1);
            options.OnSuspend = (wait, _) => Note(calls, $"suspend {wait.Phase}");
            options.OnResume = (wait, _) => Note(calls, $"resume {wait.Phase}");
        });
        await host.PreloadAsync();
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");

        TestTurn turn = await host.SendAsync("a");

        Assert.Equal("1: a", turn.Text);
        Assert.Equal(["suspend Preload", "resume Preload"], calls);
    }

    [Fact]
    public async Task AThrowingSuspendHook_IsNoTurnError()
    {
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.TurnTimeout = TimeSpan.FromHours(1);
            options.OnSuspend = (_, _) => throw new InvalidOperationException();
            options.OnResume = (_, _) => throw new InvalidOperationException();
        });
        await host.SendAsync("a");
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");

        TestTurn turn = await host.SendAsync("b");

        Assert.Equal(("3: b", null), (turn.Text, turn.ErrorText));
    }

    [Fact]
    public async Task ParkedRun_LeavesAtOnceWhenTheSessionIsClosed()
    {
        await using var host = await Agents.StartEchoAsync(options => options.TurnTimeout = TimeSpan.FromHours(1));
        await host.SendAsync("a");
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");

        await host.CloseSessionAsync("done");
        await host.RunsEndedAsync(1);

        Assert.Equal(RunEnd.Closed, (await host.RunsAsync())[0].End);
    }

    [Fact]
    public async Task MaxTurns_EndsTheRunRightAfterTheLastTurn()
    {
        await using var host = await Agents.StartEchoAsync(options => options.MaxTurns = 2);
        await host.SendAsync("a");
        await host.SendAsync("b");
        await host.RunsEndedAsync(1);

        Assert.Equal("5: c", (await host.SendAsync("c")).Text);
        Assert.Equal(RunEnd.MaxTurns, (await host.RunsAsync())[0].End);
    }

    [Fact]
    public async Task KeepAlive_ASilentTurnWritesAControlRecordEvery20Seconds()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(null, tool.Function);
        host.Model.ToolCall("work").Text("done");
        long sequence = await host.PostAsync("a");
        await tool.Entered;
        await host.RecordAsync(record => record.Body.Contains("tool-input-available"));

        host.Time.Advance(TimeSpan.FromSeconds(20));
        await host.RecordAsync(record => record.Control == ControlHeaders.KeepAlive);
        host.Time.Advance(TimeSpan.FromSeconds(20));
        await host.UntilAsync(() => KeepAlives(host) == 2);
        tool.Release();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("done", turn.Text);
        await host.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(2, KeepAlives(host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StuckOnResume_AStopLetsTheChatGoOn(bool isForThatMessage)
    {
        bool isStuck = true;
        await using var host = await Agents.StartEchoAsync(options =>
        {
            options.TurnTimeout = TimeSpan.FromHours(1);
            options.OnResume = (_, _) => isStuck ? Task.Delay(Timeout.Infinite, CancellationToken.None) : Task.CompletedTask;
        });
        await host.SendAsync("a");
        await host.AdvanceAsync(_idle);
        await host.HookCalledAsync("OnSuspend");
        await host.IdleAsync();
        long stuck = await host.PostAsync("b");
        await host.HookCalledAsync("OnResume");

        await host.AppendAsync(
            new System.Text.Json.Nodes.JsonObject { ["kind"] = "stop" }, isForThatMessage ? new MessageTerms { Stops = stuck } : null);
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await host.WaitForTurnAsync(stuck);
        isStuck = false;

        Assert.EndsWith(": c", (await host.SendAsync("c")).Text);
        Assert.Equal([RunEnd.EndRun, null], (await host.RunsAsync()).Select(static run => run.End));
    }

    [Fact]
    public async Task StuckOnBoot_ARunThatIsCancelledEnds()
    {
        await using var host = await Agents.StartEchoAsync(options => options.OnBoot = (_, _) => Task.Delay(Timeout.Infinite, CancellationToken.None));
        await host.PostAsync("a");
        await host.HookCalledAsync("OnBoot");

        await host.CancelRunAsync();
        await host.TimerAsync(TimeSpan.FromSeconds(2));
        host.Time.Advance(TimeSpan.FromSeconds(2));

        await host.RunsEndedAsync(1);
    }

    [Fact]
    public async Task StuckOnTurnComplete_AStopLetsTheChatGoOn()
    {
        using var release = new ManualResetEventSlim();
        await using var host = await Agents.StartEchoAsync(options => options.OnTurnComplete = (turn, _) =>
        {
            if (turn.NewUIMessages[0].Text == "stuck")
            {
                release.Wait();
            }

            return Task.CompletedTask;
        });
        await host.PostAsync("stuck");
        await host.HookCalledAsync("OnTurnComplete");
        long next = await host.PostAsync("next");
        await host.ReceivedAsync(next);

        long stop = await host.AppendAsync(new System.Text.Json.Nodes.JsonObject { ["kind"] = "stop" });
        await host.ReceivedAsync(stop);
        await host.TimerAsync(TimeSpan.FromSeconds(5));
        host.Time.Advance(TimeSpan.FromSeconds(6));
        TestTurn turn = await host.WaitForTurnAsync(next);

        Assert.Equal("1: stuck3: next", turn.Text);
        Assert.False(turn.Stopped);
        Assert.Equal(2, (await host.RunsAsync()).Count);
        release.Set();
    }

    [Fact]
    public async Task StoreAway_TheAnswerIsWrittenWhenItIsBack_Once()
    {
        await using var host = await Agents.StartEchoAsync();
        await host.SendAsync("a");
        int failures = 3;
        host.Store.Before = commit =>
        {
            if (commit.Appends.Any(append => append.Stream.Direction == StreamDirection.Out) && failures-- > 0)
            {
                throw new StoreUnavailableException("away");
            }
        };

        long sequence = await host.PostAsync("b");
        for (int delay = 50; delay <= 200; delay *= 2)
        {
            await host.TimerAsync(TimeSpan.FromMilliseconds(delay));
            host.Time.Advance(TimeSpan.FromMilliseconds(delay));
        }

        TestTurn turn = await host.WaitForTurnAsync(sequence);
        Assert.Equal("3: b", turn.Text);
        Assert.Equal([0L, 1], host.AllRecords.Where(record => record.Control == ControlHeaders.TurnComplete).Select((_, i) => (long)i));
        Assert.Equal(host.AllRecords.Select(record => record.Sequence).Distinct().Count(), host.AllRecords.Count);
    }

    [Fact]
    public async Task SomebodyElseAppendsToOut_TheTurnIsNumberedBehindIt()
    {
        using var tool = new GatedTool();
        await using var host = await Agents.StartModelAsync(null, tool.Function);
        host.Model.ToolCall("work").Text("done");
        long sequence = await host.PostAsync("a");
        await tool.Entered;
        await host.RecordAsync(record => record.Body.Contains("tool-input-available"));

        await host.AppendOutAsync("""{"data":{"type":"data-note","data":1,"transient":true},"id":"n1"}""");
        tool.Release();
        TestTurn turn = await host.WaitForTurnAsync(sequence);

        Assert.Equal("done", turn.Text);
        Assert.Equal(Enumerable.Range(0, host.AllRecords.Count).Select(number => (long)number), host.AllRecords.Select(record => record.Sequence));
        Assert.Contains(turn.Chunks, chunk => chunk.Type == "data-note");
    }

    private static int KeepAlives(AgentTestHost host) => host.AllRecords.Count(record => record.Control == ControlHeaders.KeepAlive);

    private static Task Note(List<string> calls, string call)
    {
        calls.Add(call);
        return Task.CompletedTask;
    }
}
