using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task Run_WhenPut_IsFoundWithAllFields()
    {
        SessionKey session = await CreateAsync();
        RunRow run = Sample.Run(session, "run_1", 3) with
        {
            Reason = RunReason.Upgrade,
            AgentVersion = "v2",
            PreviousRunId = "run_0",
            Status = RunStatus.TimedOut,
            Tags = ["x", "y"],
            FinishedAt = Sample.Time.AddSeconds(3),
            End = RunEnd.MaxDuration,
            Error = "too long",
        };
        await CommitAsync(new() { Session = session, Runs = [run] });
        await AssertRunAsync(run);
        await RestartAsync();
        await AssertRunAsync(run);
        Assert.Null(await Store.FindRunAsync("elsewhere", "run_1", default));
        Assert.Null(await Store.FindRunAsync(session.Environment, "run_2", default));
    }

    [Fact]
    public async Task Run_WhenPutAgain_IsReplaced()
    {
        SessionKey session = await CreateAsync();
        RunRow run = Sample.Run(session, "run_1", 1);
        await CommitAsync(new() { Session = session, Runs = [run] });
        await RestartAsync();
        RunRow ended = run with { Status = RunStatus.Completed, End = RunEnd.IdleTimeout, FinishedAt = Sample.Time };
        await CommitAsync(new() { Session = session, Runs = [ended, Sample.Run(session, "run_2", 2)] });
        await AssertRunAsync(ended);
        Assert.Equal(["run_2", "run_1"], (await Store.ListRunsAsync(session, 10, default)).Select(found => found.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Runs_AreListedNewestFirst(bool restart)
    {
        SessionKey session = await CreateAsync();
        SessionKey other = await CreateAsync("other");
        await CommitAsync(new() { Session = other, Runs = [Sample.Run(other, "run_other", 99)] });
        foreach (int number in (int[])[1, 2, 10, 11])
        {
            await CommitAsync(new() { Session = session, Runs = [Sample.Run(session, $"run_{number}", number)] });
        }

        if (restart)
        {
            await RestartAsync();
        }

        await CommitAsync(new() { Session = session, Runs = [Sample.Run(session, "run_12", 12)] });
        Assert.Equal([12, 11, 10, 2, 1], (await Store.ListRunsAsync(session, 100, default)).Select(run => run.Number));
        Assert.Equal([12, 11], (await Store.ListRunsAsync(session, 2, default)).Select(run => run.Number));
        Assert.Empty(await Store.ListRunsAsync(Key("none"), 2, default));
    }

    private async Task AssertRunAsync(RunRow expected)
    {
        RunRow? actual = await Store.FindRunAsync(expected.Session.Environment, expected.Id, default);
        Assert.NotNull(actual);
        Assert.Equal(expected.Tags, actual.Tags);
        Assert.Equal(expected with { Tags = [] }, actual with { Tags = [] });
    }
}
