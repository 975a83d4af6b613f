using System.Text;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Sessions.Acting;

/// <summary>Which run a session has: claims, ends, successors, and what is owed after a death.</summary>
public sealed class RunClaimTests
{
    private readonly ActorBench _bench = new();

    [Fact]
    public async Task Append_AfterTheRunEnded_ClaimsAContinuationInTheSameCommit()
    {
        StartedSession started = await _bench.StartAsync();
        await _bench.EndAsync(RunEnd.IdleTimeout, consumedThrough: -1);
        Assert.False((await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row.HasLiveRun);

        await _bench.AppendAsync(ActorBench.Message("a"), "part-a");

        RunStart run = _bench.Host.Started[^1];
        Assert.Equal(RunReason.Continuation, run.Run.Reason);
        Assert.Equal(started.RunId, run.Run.PreviousRunId);
        Assert.Contains("\"continuation\":true", run.Payload, StringComparison.Ordinal);
        Assert.DoesNotContain("trigger", run.Payload, StringComparison.Ordinal);
        Assert.Equal(new Cursor(1), run.InTail);
        Assert.Equal(0, run.Progress.Deaths);
    }

    [Fact]
    public async Task EndRun_WithAMessageOwed_ClaimsASuccessor()
    {
        await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message("a"), "a");

        await _bench.EndAsync(RunEnd.IdleTimeout, consumedThrough: -1);

        Assert.Equal(2, _bench.Host.Started.Count);
        Assert.True((await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row.HasLiveRun);
    }

    [Fact]
    public async Task EndRun_WithOnlyAStopBehindIt_Rests()
    {
        await _bench.StartAsync();
        await _bench.AppendAsync("""{"kind":"stop"}""", "s");

        await _bench.EndAsync(RunEnd.IdleTimeout, consumedThrough: -1);

        Assert.Single(_bench.Host.Started);
        Assert.Equal(RunStatus.Completed, (await _bench.Store.ListRunsAsync(ActorBench.Key, 1, default))[0].Status);
    }

    [Fact]
    public async Task Append_WhileDraining_WithoutARun_IsAnsweredByTheNextProcess()
    {
        await _bench.StartAsync();
        await _bench.EndAsync(RunEnd.Evicted, consumedThrough: -1);
        _bench.Draining = true;
        await _bench.AppendAsync(ActorBench.Message("late"), "p1");
        Assert.Single(_bench.Host.Started);

        _bench.Crash();
        _bench.Draining = false;
        Assert.Equal([ActorBench.Key], await _bench.Store.ListLiveAsync(null, 10, default));
        Assert.True(await _bench.Actor.RecoverAsync(default));
    }

    [Fact]
    public async Task EndRun_WhileDraining_LeavesTheOwedMessageToTheNextProcess()
    {
        await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message("a"), "a");
        _bench.Draining = true;
        await _bench.EndAsync(RunEnd.Evicted, consumedThrough: -1);
        Assert.Single(_bench.Host.Started);

        _bench.Draining = false;
        _bench.Crash();
        Assert.True(await _bench.Actor.RecoverAsync(default));
        Assert.Equal(0, _bench.Host.Started[^1].Progress.Deaths);
    }

    [Fact]
    public async Task Run_WhoseEndIsStored_IsNotHereAnyMore()
    {
        await _bench.StartAsync();
        RunStart run = _bench.Host.Started[0];
        Assert.True(_bench.Actor.HasRunHere);

        await ((IRunOwner)_bench.Actor).EndAsync(run, RunEnd.Evicted, run.Progress, -1, null, default);

        Assert.NotNull(_bench.Host.StatusOf(ActorBench.Key, run.Run.Id));
        Assert.False(_bench.Actor.HasRunHere);
    }

    [Fact]
    public async Task Recover_AfterTheHostDied_StartsARunForTheOwedMessageAndCountsTheDeath()
    {
        StartedSession started = await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message("a"), "a");
        _bench.Crash();

        Assert.True(await _bench.Actor.RecoverAsync(default));
        Assert.False(await _bench.Actor.RecoverAsync(default));

        Assert.Equal(1, _bench.Host.Started[^1].Progress.Deaths);
        RunRow dead = (await _bench.Store.FindRunAsync("env", started.RunId, default))!;
        Assert.Equal((RunStatus.Crashed, RunEnd.HostLost), (dead.Status, dead.End));
    }

    [Fact]
    public async Task Recover_WithNothingOwed_OnlyClosesTheDeadRun()
    {
        await _bench.StartAsync();
        _bench.Crash();

        Assert.False(await _bench.Actor.RecoverAsync(default));
        Assert.False((await _bench.Store.LoadAsync(ActorBench.Key, default))!.Row.HasLiveRun);
        Assert.Single(_bench.Host.Started);
    }

    [Fact]
    public async Task Swap_OnlyTheOwnerWins_AndTheSuccessorIsAnnounced()
    {
        await _bench.StartAsync();
        RunStart first = _bench.Host.Started[0];
        IRunOwner owner = _bench.Actor;

        Assert.True(await owner.SwapAsync(first, new RunSuccessor("v2"), default));
        Assert.False(await owner.SwapAsync(first, new RunSuccessor("v3"), default));

        RunStart second = _bench.Host.Started[1];
        Assert.Equal(("v2", RunReason.Upgrade), (second.Run.AgentVersion, second.Run.Reason));
        Assert.Equal(new Cursor(1), second.OutTail);
        Assert.Equal(ControlHeaders.UpgradeRequired, Assert.Single(await _bench.ReadAsync(StreamId.Out(ActorBench.Key))).Control);
        Assert.Equal(RunEnd.Upgraded, (await _bench.Store.FindRunAsync("env", first.Run.Id, default))!.End);
    }

    [Fact]
    public async Task CancelRun_FencesItAndTheNextMessageBootsAnother()
    {
        StartedSession started = await _bench.StartAsync();

        RunRow cancelled = await _bench.Actor.CancelRunAsync(started.RunId, default);
        await _bench.AppendAsync(ActorBench.Message("a"), "a");

        Assert.Equal(RunStatus.Canceled, cancelled.Status);
        Assert.Equal([started.RunId], _bench.Host.Cancelled);
        Assert.Equal(2, _bench.Host.Started.Count);
        Assert.True(_bench.Host.Started[1].Session.RunVersion > _bench.Host.Started[0].Session.RunVersion + 1);
    }

    [Fact]
    public async Task CancelRun_OfAProcessThatDiesBeforeTheNextRunIsClaimed_LeavesWhatIsBehindOwed()
    {
        StartedSession started = await StartWithApartAsync();
        _bench.Draining = true;

        await _bench.Actor.CancelRunAsync(started.RunId, default);
        Assert.Single(_bench.Host.Started);

        _bench.Crash();
        _bench.Draining = false;
        Assert.Equal([ActorBench.Key], await _bench.Store.ListLiveAsync(null, 10, default));
        Assert.True(await _bench.Actor.RecoverAsync(default));
        Assert.Equal((2, 0), (_bench.Host.Started.Count, _bench.Host.Started[^1].Progress.Deaths));
    }

    [Fact]
    public async Task CancelRun_AskedAgainAfterSuchADeath_ClaimsTheNextRun()
    {
        StartedSession started = await StartWithApartAsync();
        _bench.Draining = true;
        await _bench.Actor.CancelRunAsync(started.RunId, default);
        _bench.Crash();
        _bench.Draining = false;

        await _bench.Actor.CancelRunAsync(started.RunId, default);
        RunStart next = _bench.Host.Started[^1];
        await _bench.Actor.CancelRunAsync(started.RunId, default);

        Assert.Equal((2, next), (_bench.Host.Started.Count, _bench.Host.Started[^1]));
        Assert.Single(await _bench.ReadAsync(StreamId.In(ActorBench.Key)), static record => record.Body.Contains("stop", StringComparison.Ordinal));
    }

    /// <summary>A run that is at one message, with another behind it that was promised a turn of its own.</summary>
    private async Task<StartedSession> StartWithApartAsync()
    {
        StartedSession started = await _bench.StartAsync();
        await _bench.AppendAsync(ActorBench.Message("a"), "a");
        await _bench.Actor.AppendAsync(
            StreamId.In(ActorBench.Key),
            new AppendText(Encoding.UTF8.GetBytes(ActorBench.Message("b")), "b") { Terms = new MessageTerms { IsApart = true } },
            default);
        return started;
    }
}
