using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task Commit_WhenSessionIsNew_GivesVersionOneAndAllFields()
    {
        SessionRow row = Sample.Row(Key()) with
        {
            Tags = ["a", "ü, b"],
            Metadata = """{"userId":"u1","n":[1,2]}""",
            ClosedAt = Sample.Time.AddSeconds(1),
            ClosedReason = "done",
            ExpiresAt = Sample.Time.AddDays(1),
            CurrentRunId = "run_1",
            HasLiveRun = true,
            RunVersion = 7,
            HeldBy = "Ada",
        };
        await CommitAsync(Sample.Creation(row));
        await RestartAsync();

        SessionHead head = await LoadAsync(row.Key);
        Same(row, head.Row);
        Assert.Equal(1, head.Version);
        Assert.Equal(StreamBounds.Empty, head.In);
        Assert.Equal(StreamBounds.Empty, head.Out);
        Assert.Equal(SessionProgress.None, head.Progress);
    }

    [Fact]
    public async Task Load_WhenNothingIsStored_GivesNull()
    {
        Assert.Null(await Store.LoadAsync(Key(), default));
        Assert.Null(await Store.FindKeyAsync(_environment, "session_none", default));
        Assert.Equal(StreamBounds.Empty, await Store.GetBoundsAsync(StreamId.Out(Key()), default));
        Assert.Null(await ReadAsync(StreamId.Out(Key())));
        Assert.Empty(await Store.ListChannelsAsync(Key(), default));
    }

    [Fact]
    public async Task Commit_WhenSessionExistsAgainstExpectation_MovesVersion()
    {
        SessionKey session = await CreateAsync();
        SessionRow other = Sample.Row(session) with { Agent = "other" };
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(Sample.Creation(other)));
        Assert.Equal("echo", (await LoadAsync(session)).Row.Agent);
        Assert.Equal(1, (await LoadAsync(session)).Version);
    }

    [Fact]
    public async Task Commit_WhenSessionDoesNotExist_MovesVersionAndStoresNothing()
    {
        SessionCommit append = Sample.Append(StreamId.In(Key()), Sample.Batch(0, 1));
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(append));
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(append with { ExpectedVersion = 1 }));
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(append with { ExpectedRunVersion = 0 }));
        Assert.Equal(StreamBounds.Empty, await Store.GetBoundsAsync(StreamId.In(Key()), default));
    }

    [Fact]
    public async Task Commit_WhenRowIsPut_RaisesVersionByOne()
    {
        SessionKey session = await CreateAsync();
        SessionRow row = (await LoadAsync(session)).Row;
        await CommitAsync(new() { Session = session, ExpectedVersion = 1, Row = row with { Agent = "second" } });
        await CommitAsync(new() { Session = session, ExpectedVersion = 2, Row = row with { Agent = "third" } });
        SessionHead head = await LoadAsync(session);
        Assert.Equal(3, head.Version);
        Assert.Equal("third", head.Row.Agent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Commit_WhenVersionIsStale_ChangesNothing(long expected)
    {
        SessionKey session = await CreateAsync();
        SessionRow row = Sample.Row(session);
        await CommitAsync(new() { Session = session, ExpectedVersion = 1, Row = row with { Agent = "second" } });
        SessionCommit stale = Everything(session) with { ExpectedVersion = expected, Row = row with { Agent = "stale" } };
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(stale));
        await AssertUntouchedAsync(session);
    }

    [Fact]
    public async Task Commit_WhenRunVersionIsAnother_ChangesNothing()
    {
        SessionKey session = await CreateAsync(with: row => row with { RunVersion = 4 });
        Assert.Equal(CommitOutcome.RunMoved, await JudgeAsync(Everything(session) with { ExpectedRunVersion = 3 }));
        Assert.Equal(CommitOutcome.RunMoved, await JudgeAsync(Everything(session) with { ExpectedRunVersion = 5 }));
        await AssertUntouchedAsync(session);
        await CommitAsync(Everything(session) with { ExpectedRunVersion = 4 });
    }

    [Fact]
    public async Task Commit_WhenRowRaisesRunVersion_FencesTheRunBefore()
    {
        SessionKey session = await CreateAsync(with: row => row with { RunVersion = 1 });
        SessionRow row = (await LoadAsync(session)).Row;
        await CommitAsync(new() { Session = session, ExpectedVersion = 1, ExpectedRunVersion = 1, Row = row with { RunVersion = 2 } });
        SessionCommit append = Sample.Append(StreamId.Out(session), Sample.Batch(0, 1));
        Assert.Equal(CommitOutcome.RunMoved, await JudgeAsync(append with { ExpectedRunVersion = 1 }));
        await CommitAsync(append with { ExpectedRunVersion = 2 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Commit_WhenTailIsAnother_ChangesNothing(long first)
    {
        SessionKey session = await CreateAsync();
        await AppendAsync(StreamId.In(session), 0, 3);
        SessionCommit stale = Everything(session) with
        {
            Appends = [new(StreamId.Out(session), Sample.Batch(0, 1)), new(StreamId.In(session), Sample.Batch(first, 1))],
        };
        Assert.Equal(CommitOutcome.TailMoved, await JudgeAsync(stale));
        await AssertUntouchedAsync(session);
        Assert.Equal(3, (await LoadAsync(session)).In.Tail.Value);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Commit_WhenInputHasMovedOn_DoesNotLetGo(long expected)
    {
        SessionKey session = await CreateAsync();
        await AppendAsync(StreamId.In(session), 0, 3);
        Assert.Equal(CommitOutcome.TailMoved, await JudgeAsync(Everything(session) with { ExpectedInTail = new Cursor(expected) }));
        await AssertUntouchedAsync(session);
        await CommitAsync(new() { Session = session, ExpectedInTail = new Cursor(3), Progress = SessionProgress.None });
    }

    [Fact]
    public async Task Commit_WhenABoundaryWasWrittenMeanwhile_TakesNothingBack()
    {
        SessionKey session = await CreateAsync();
        SessionProgress progress = SessionProgress.None with { ResumeFloor = 3, LastBoundary = 7 };
        await CommitAsync(new() { Session = session, ExpectedBoundary = -1, Progress = progress });
        Assert.Equal(CommitOutcome.TailMoved, await JudgeAsync(new() { Session = session, ExpectedBoundary = -1, Progress = SessionProgress.None }));
        Assert.Equal(progress, (await LoadAsync(session)).Progress);
        await CommitAsync(new() { Session = session, ExpectedBoundary = 7, Progress = progress with { LastBoundary = 9 } });
        await RestartAsync();
        Assert.Equal(9, (await LoadAsync(session)).Progress.LastBoundary);
    }

    [Fact]
    public async Task Commit_WhenItIsRepeated_IsStale()
    {
        SessionKey session = await CreateAsync();
        SessionCommit append = Sample.Append(StreamId.In(session), Sample.Batch(0, 2));
        await CommitAsync(append);
        Assert.Equal(CommitOutcome.TailMoved, await JudgeAsync(append));
        Assert.Equal(TextOf(append.Appends[0].Batch), await ReadAsync(StreamId.In(session)));
    }

    [Fact]
    public async Task Commit_WhenSeveralConditionsFail_AnswersTheFirst()
    {
        SessionKey session = await CreateAsync();
        SessionCommit wrong = Sample.Append(StreamId.In(session), Sample.Batch(9, 1)) with { ExpectedRunVersion = 9 };
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(wrong with { ExpectedVersion = 9 }));
        Assert.Equal(CommitOutcome.RunMoved, await JudgeAsync(wrong));
    }

    [Fact]
    public async Task Commit_WhenItContradictsItself_Throws()
    {
        SessionKey session = await CreateAsync();
        SessionRow row = Sample.Row(session);
        StreamAppend append = new(StreamId.In(session), Sample.Batch(0, 1));
        await RefusedAsync(new() { Session = session, Row = row });
        await RefusedAsync(new() { Session = session, ExpectedVersion = 1, Row = Sample.Row(Key("other")) });
        await RefusedAsync(new() { Session = Key("other"), Appends = [append] });
        await RefusedAsync(new() { Session = session, Appends = [append, append] });
        await RefusedAsync(new() { Session = session, Runs = [Sample.Run(Key("other"), "run_1", 1)] });
        Assert.Equal(StreamBounds.Empty, (await LoadAsync(session)).In);
    }

    private async Task RefusedAsync(SessionCommit commit) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CommitAsync(commit, default));
}
