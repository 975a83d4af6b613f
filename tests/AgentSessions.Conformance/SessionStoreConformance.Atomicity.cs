using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Fact]
    public async Task Commit_WhenItHoldsEveryPart_StoresEveryPart()
    {
        SessionKey session = await CreateAsync();
        await CommitAsync(Everything(session));
        await AssertEverythingAsync(session);
        await RestartAsync();
        await AssertEverythingAsync(session);
    }

    [Fact]
    public async Task Commit_WhenSessionIsNew_TakesEveryPartToo()
    {
        SessionKey session = Key();
        await CommitAsync(Everything(session) with { ExpectedVersion = 0, Row = Sample.Row(session) });
        await AssertEverythingAsync(session);
        await RestartAsync();
        await AssertEverythingAsync(session);
    }

    [Fact]
    public async Task Commit_WhenProgressIsLeftOut_KeepsIt()
    {
        SessionKey session = await CreateAsync();
        await CommitAsync(Everything(session));
        await AppendAsync(StreamId.In(session), 2, 1);
        Assert.Equal(SomeProgress, (await LoadAsync(session)).Progress);
        await CommitAsync(new() { Session = session, Progress = SomeProgress with { Deaths = 9 } });
        Assert.Equal(9, (await LoadAsync(session)).Progress.Deaths);
    }

    private static readonly SessionProgress SomeProgress = new() { ResumeFloor = 1, AppliedThrough = 2, LastBoundary = 3, Deaths = 4 };

    private static StateKey StateOf(SessionKey session) => new(session.Environment, "documents", session.Key);

    /// <summary>A commit with every part but a row, for a session without records.</summary>
    private static SessionCommit Everything(SessionKey session) => new()
    {
        Session = session,
        Appends =
        [
            new(StreamId.In(session), Sample.Batch(0, 2)),
            new(StreamId.Out(session), Sample.Batch(0, 3)),
            new(new StreamId(session, "side", StreamDirection.Out), Sample.Batch(0, 1)),
        ],
        TrimOutBefore = new Cursor(1),
        Progress = SomeProgress,
        Transcript = new() { Puts = [Sample.Message("m1")], State = "{}", LastOutSequence = 2, LastInSequence = 1, SavedAt = 5 },
        Runs = [Sample.Run(session, "run_all", 1)],
        States = [new StatePut(StateOf(session), new byte[] { 1, 2 }, session)],
    };

    private async Task AssertEverythingAsync(SessionKey session)
    {
        SessionHead head = await LoadAsync(session);
        Assert.Equal(1, head.Version);
        Assert.Equal(new StreamBounds(new Cursor(0), new Cursor(2), Sample.Batch(0, 2).Timestamp), head.In);
        Assert.Equal(new StreamBounds(new Cursor(1), new Cursor(3), Sample.Batch(0, 3).Timestamp), head.Out);
        Assert.Equal(SomeProgress, head.Progress);
        Assert.Equal(TextOf(Sample.Batch(0, 2)), await ReadAsync(StreamId.In(session)));
        Assert.Equal(TextOf(Sample.Batch(1, 2)), await ReadAsync(StreamId.Out(session)));
        Assert.Equal(["side"], await Store.ListChannelsAsync(session, default));
        StoredTranscript transcript = await Store.ReadTranscriptAsync(session, null, null, default);
        Assert.Equal("m1", transcript.Ids());
        Assert.Equal(("{}", 2, 1, 5), (transcript.State, transcript.LastOutSequence, transcript.LastInSequence, transcript.SavedAt));
        RunRow? run = await Store.FindRunAsync(session.Environment, "run_all", default);
        Assert.Equal(1, run?.Number);
        Assert.Equal([1, 2], (await ((IStateStore)Store).GetAsync(StateOf(session), default))!.Value.ToArray());
    }

    /// <summary>Nothing of <see cref="Everything"/> is there.</summary>
    private async Task AssertUntouchedAsync(SessionKey session)
    {
        SessionHead head = await LoadAsync(session);
        Assert.NotEqual("stale", head.Row.Agent);
        Assert.Equal(StreamBounds.Empty, head.Out);
        Assert.Equal(SessionProgress.None, head.Progress);
        Assert.Empty(await Store.ListChannelsAsync(session, default));
        Assert.Equal(0, (await Store.ReadTranscriptAsync(session, null, null, default)).SavedAt);
        Assert.Null(await Store.FindRunAsync(session.Environment, "run_all", default));
        Assert.Null(await ((IStateStore)Store).GetAsync(StateOf(session), default));
    }
}
