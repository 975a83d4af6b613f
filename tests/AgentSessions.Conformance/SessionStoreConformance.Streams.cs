using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_FromAnyPlace_GivesTheRecordsFromThere(bool restart)
    {
        StreamId stream = StreamId.Out(await CreateAsync());
        await AppendAsync(stream, 0, 4);
        await AppendAsync(stream, 4, 1);
        await AppendAsync(stream, 5, 7);
        if (restart)
        {
            await RestartAsync();
        }

        for (int from = 0; from < 12; from++)
        {
            Assert.Equal(TextOf(Sample.Batch(from, 12 - from)), await ReadAsync(stream, from));
        }

        Assert.Null(await ReadAsync(stream, 12));
        Assert.Null(await ReadAsync(stream, 1000));
    }

    [Fact]
    public async Task Read_WhenBytesAreBounded_EndsWithTheAppendThatReachesThem()
    {
        StreamId stream = StreamId.Out(await CreateAsync());
        for (int i = 0; i < 30; i++)
        {
            await AppendAsync(stream, i * 5, 5);
        }

        int one = Sample.Batch(145, 5).Records.Length;
        long cursor = 0;
        while (await Store.ReadAsync(stream, new Cursor(cursor), 3 * one, default) is { } batch)
        {
            Assert.Equal(cursor, batch.First.Value);
            Assert.True(batch.Records.Length <= (4 * one) + 4, $"{batch.Records.Length} bytes for a limit of {3 * one}.");
            Assert.Equal(TextOf(Sample.Batch(cursor, batch.Count)), TextOf(batch));
            cursor += batch.Count;
        }

        Assert.Equal(150, cursor);
        Assert.NotNull(await Store.ReadAsync(stream, new Cursor(7), 1, default));
    }

    [Fact]
    public async Task Read_OfALargeRecord_GivesIt()
    {
        StreamId stream = StreamId.Out(await CreateAsync());
        string text = new('x', 1 << 20);
        await AppendAsync(stream, 0, 1);
        await AppendAsync(stream, 1, 1, text);
        await AppendAsync(stream, 2, 1);
        Assert.Equal(TextOf(Sample.Batch(1, 1, text)), TextOf((await Store.ReadAsync(stream, new Cursor(1), 100, default))!));
        await RestartAsync();
        Assert.Equal(TextOf(Sample.Batch(1, 1, text)), TextOf((await Store.ReadAsync(stream, new Cursor(1), 100, default))!));
        Assert.Equal(TextOf(Sample.Batch(2, 1)), await ReadAsync(stream, 2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trim_AtAnyPlace_DropsWhatIsBeforeAndRenumbersNothing(bool restart)
    {
        SessionKey session = await CreateAsync();
        StreamId stream = StreamId.Out(session);
        await AppendAsync(stream, 0, 4);
        await AppendAsync(stream, 4, 4);
        for (int oldest = 1; oldest <= 8; oldest++)
        {
            await CommitAsync(new() { Session = session, TrimOutBefore = new Cursor(oldest) });
            if (restart)
            {
                await RestartAsync();
            }

            StreamBounds bounds = (await LoadAsync(session)).Out;
            Assert.Equal(new StreamBounds(new Cursor(oldest), new Cursor(8), Sample.Batch(7, 1).Timestamp), bounds);
            Assert.Equal(bounds, await Store.GetBoundsAsync(stream, default));
            Assert.Equal(oldest == 8 ? null : TextOf(Sample.Batch(oldest, 8 - oldest)), await ReadAsync(stream));
        }

        await AppendAsync(stream, 8, 2);
        Assert.Equal(TextOf(Sample.Batch(8, 2)), await ReadAsync(stream));
    }

    [Fact]
    public async Task Trim_BeforeTheOldestOrPastTheTail_IsHeldWithinTheBounds()
    {
        SessionKey session = await CreateAsync();
        await AppendAsync(StreamId.Out(session), 0, 6);
        await CommitAsync(new() { Session = session, TrimOutBefore = new Cursor(4) });
        await CommitAsync(new() { Session = session, TrimOutBefore = new Cursor(2) });
        Assert.Equal(4, (await LoadAsync(session)).Out.Oldest.Value);
        await CommitAsync(new() { Session = session, TrimOutBefore = new Cursor(100) });
        StreamBounds bounds = (await LoadAsync(session)).Out;
        Assert.Equal((6, 6), (bounds.Oldest.Value, bounds.Tail.Value));
        await AppendAsync(StreamId.Out(session), 6, 1);
    }

    [Fact]
    public async Task Trim_WithAnAppend_IsMadeAfterIt()
    {
        SessionKey session = await CreateAsync();
        await AppendAsync(StreamId.Out(session), 0, 2);
        SessionCommit append = Sample.Append(StreamId.Out(session), Sample.Batch(2, 3));
        await CommitAsync(append with { TrimOutBefore = new Cursor(4) });
        Assert.Equal(TextOf(Sample.Batch(4, 1)), await ReadAsync(StreamId.Out(session)));
    }

    [Fact]
    public async Task Trim_LeavesOtherStreamsAlone()
    {
        SessionKey session = await CreateAsync();
        SessionKey other = await CreateAsync("other");
        var side = new StreamId(session, "side", StreamDirection.Out);
        foreach (StreamId stream in new[] { StreamId.In(session), StreamId.Out(session), side, StreamId.Out(other) })
        {
            await AppendAsync(stream, 0, 3);
        }

        await CommitAsync(new() { Session = session, TrimOutBefore = new Cursor(3) });
        foreach (StreamId stream in new[] { StreamId.In(session), side, StreamId.Out(other) })
        {
            Assert.Equal(TextOf(Sample.Batch(0, 3)), await ReadAsync(stream));
        }
    }

    [Fact]
    public async Task SideChannels_AreStreamsOfTheirOwn()
    {
        SessionKey session = await CreateAsync();
        StreamId[] streams =
        [
            new(session, "b", StreamDirection.Out), new(session, "a", StreamDirection.In), new(session, "a", StreamDirection.Out),
            new(session, "B", StreamDirection.In), new(session, "in", StreamDirection.Out),
        ];
        for (int i = 0; i < streams.Length; i++)
        {
            await AppendAsync(streams[i], 0, i + 1, streams[i].ToString());
        }

        await AppendAsync(StreamId.In(session), 0, 1);
        await RestartAsync();
        for (int i = 0; i < streams.Length; i++)
        {
            Assert.Equal(TextOf(Sample.Batch(0, i + 1, streams[i].ToString())), await ReadAsync(streams[i]));
            Assert.Equal(i + 1, (await Store.GetBoundsAsync(streams[i], default)).Tail.Value);
        }

        Assert.Equal(["B", "a", "b", "in"], await Store.ListChannelsAsync(session, default));
        Assert.Equal(CommitOutcome.TailMoved, await JudgeAsync(Sample.Append(streams[0], Sample.Batch(0, 1))));
        Assert.Equal(StreamBounds.Empty, await Store.GetBoundsAsync(new StreamId(session, "none", StreamDirection.In), default));
    }

    [Fact]
    public async Task EqualKeys_InTwoEnvironments_ShareNothing()
    {
        SessionKey mine = await CreateAsync();
        SessionKey theirs = mine with { Environment = mine.Environment + "-2" };
        await AppendAsync(StreamId.In(mine), 0, 1);
        Assert.Null(await Store.LoadAsync(theirs, default));
        Assert.Null(await Store.FindKeyAsync(theirs.Environment, Sample.Row(mine).Id, default));
        await CommitAsync(Sample.Creation(Sample.Row(theirs)));
        Assert.Null(await ReadAsync(StreamId.In(theirs)));
    }
}
