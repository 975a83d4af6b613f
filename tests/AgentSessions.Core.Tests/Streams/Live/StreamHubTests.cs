using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Core.Tests.Sessions.Acting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Streams.Live;

public sealed class StreamHubTests
{
    private static readonly StreamId _stream = StreamId.Out(ActorBench.Key);
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(30);
    private readonly CountingStore _store = new();

    [Fact]
    public async Task Read_CatchesUpFromTheStoreThenFollowsMemory()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromHours(1) });
        await _store.AddAsync(3);
        using StreamTail tail = hub.Open(_stream, new Cursor(1), default);

        Assert.Equal([1, 2], Sequences(await tail.ReadAsync(_long)));
        int reads = _store.Reads;
        for (int i = 0; i < 20; i++)
        {
            Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();
            hub.Tell(_stream, await _store.AddAsync(1));
            Assert.Equal([3 + i], Sequences(await next));
        }

        // One look at the store before the first wait; a steady reader then needs none.
        Assert.InRange(_store.Reads - reads, 0, 2);
    }

    [Fact]
    public async Task Read_ALongWayBehindASilentStream_CatchesUpWithoutWaiting()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { CatchUpBytes = 200 });
        await _store.AddAsync(50);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);

        var seen = new List<long>();
        while (await tail.ReadAsync(TimeSpan.Zero) is { } batch)
        {
            seen.AddRange(Sequences(batch));
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(static i => (long)i), seen);
    }

    [Fact]
    public async Task Read_WhenNoBellEverRings_FindsRecordsByPolling()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromMilliseconds(20), Tick = TimeSpan.FromMilliseconds(5) });
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();
        await _store.AddAsync(2);

        Assert.Equal([0, 1], Sequences(await next));
    }

    [Fact]
    public async Task Read_WhenABatchWasNeverPublished_TakesTheGapFromTheStore()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([0], Sequences(await tail.ReadAsync(_long)));
        await _store.AddAsync(2);
        hub.Tell(_stream, await _store.AddAsync(1));

        var seen = new List<long>();
        while (seen.Count < 3)
        {
            seen.AddRange(Sequences(await tail.ReadAsync(_long)));
        }

        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public async Task Read_WhenTheBellRingsWithoutRecords_LooksAtTheStore_ThoughItHadAllThatMemoryKnows()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromHours(1) });
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([0], Sequences(await tail.ReadAsync(_long)));
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();

        await _store.AddAsync(2);
        hub.RingAll();
        Assert.Equal([1, 2], Sequences(await next));

        using StreamTail late = hub.Open(_stream, new Cursor(1), default);
        Assert.Equal([1, 2], Sequences(await late.ReadAsync(_long)));

        // Memory goes on behind what it missed, and the store is left alone again.
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([3], Sequences(await tail.ReadAsync(_long)));
        int reads = _store.Reads;
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([4], Sequences(await tail.ReadAsync(_long)));
        Assert.Equal(reads, _store.Reads);
    }

    [Fact]
    public async Task Read_WhenTheRunIsCutOff_EndsTheWaitsOfThoseWhoAskedForIt()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromHours(1) });
        using StreamTail asked = hub.Open(_stream, Cursor.Start, default);
        using StreamTail other = hub.Open(_stream, Cursor.Start, default);
        asked.EndsWithRun = true;
        Task<RecordBatch?> ended = asked.ReadAsync(TimeSpan.FromHours(1)).AsTask();
        Task<RecordBatch?> waiting = other.ReadAsync(TimeSpan.FromHours(1)).AsTask();

        hub.Interrupt(_stream);
        Assert.Null(await ended);
        hub.Tell(_stream, await _store.AddAsync(1));

        Assert.Equal([0], Sequences(await waiting));
        Assert.Equal([0], Sequences(await asked.ReadAsync(_long)));

        // What came before a wait ends that one, once.
        hub.Interrupt(_stream);
        Assert.Null(await asked.ReadAsync(TimeSpan.FromHours(1)));
        Task<RecordBatch?> next = asked.ReadAsync(TimeSpan.FromHours(1)).AsTask();
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([1], Sequences(await next));
    }

    [Fact]
    public async Task Read_ABatchWithAnEarlierTime_IsTakenFromTheStore()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromHours(1) });
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        _store.Timestamp = 9;
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([0], Sequences(await tail.ReadAsync(_long)));

        _store.Timestamp = 8;
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([1], Sequences(await tail.ReadAsync(TimeSpan.Zero)));
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();
        hub.Tell(_stream, await _store.AddAsync(1));

        Assert.Equal([2], Sequences(await next));
        Assert.False(tail.IsOver);
    }

    [Fact]
    public async Task Read_BeforeATailThatMemoryHasNotHeardOf_AsksTheStore()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { PollInterval = TimeSpan.FromHours(1) });
        using StreamTail first = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([0], Sequences(await first.ReadAsync(_long)));
        await _store.AddAsync(1);

        using StreamTail told = hub.Open(_stream, new Cursor(1), default);
        told.KnownTail = new Cursor(2);

        Assert.Equal([1], Sequences(await told.ReadAsync(TimeSpan.Zero)));
        Assert.Null(await told.ReadAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task Read_ABatchPublishedTwice_IsReadOnce()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        RecordBatch batch = await _store.AddAsync(2);
        hub.Tell(_stream, batch);
        Assert.Equal([0, 1], Sequences(await tail.ReadAsync(_long)));
        hub.Tell(_stream, batch);

        Assert.Null(await tail.ReadAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task Read_ASlowReader_FallsBackToTheStore()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { WindowBytes = 500 });
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        for (int i = 0; i < 200; i++)
        {
            hub.Tell(_stream, await _store.AddAsync(1));
        }

        var seen = new List<long>();
        while (seen.Count < 200)
        {
            seen.AddRange(Sequences(await tail.ReadAsync(_long)));
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(number => (long)number), seen);
    }

    [Fact]
    public async Task Read_BehindTheOnlyReader_TakesFromTheStoreWhatThatOneHasPassed()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using StreamTail only = hub.Open(_stream, Cursor.Start, default);
        for (int i = 0; i < 3; i++)
        {
            hub.Tell(_stream, await _store.AddAsync(1));
            Assert.Equal([i], Sequences(await only.ReadAsync(_long)));
        }

        using StreamTail later = hub.Open(_stream, Cursor.Start, default);
        var seen = new List<long>();
        while (seen.Count < 3)
        {
            seen.AddRange(Sequences(await later.ReadAsync(_long)));
        }

        // With two of them the window is kept for both.
        hub.Tell(_stream, await _store.AddAsync(1));
        hub.Tell(_stream, await _store.AddAsync(1));
        Assert.Equal([3], Sequences(only.TryRead()));
        Assert.Equal([4], Sequences(only.TryRead()));
        Assert.Equal([3], Sequences(later.TryRead()));
        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public async Task Read_WaitsOfManyLengths_EndEachInItsTime()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { Tick = TimeSpan.FromMilliseconds(5) });
        using StreamTail patient = hub.Open(_stream, Cursor.Start, default);
        using StreamTail hasty = hub.Open(_stream, Cursor.Start, default);

        Task<RecordBatch?> patientRead = patient.ReadAsync(TimeSpan.FromMilliseconds(200)).AsTask();
        Assert.Null(await hasty.ReadAsync(TimeSpan.FromMilliseconds(20)));
        Assert.Null(await hasty.ReadAsync(TimeSpan.FromMilliseconds(20)));
        Assert.Null(await patientRead);
    }

    [Fact]
    public async Task Read_WhenTheTokenIsCancelled_EndsTheWait()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        using StreamTail tail = hub.Open(_stream, Cursor.Start, cancel.Token);
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Read_PatienceEnds_AnswersNull()
    {
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { Tick = TimeSpan.FromMilliseconds(5) });
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);

        Assert.Null(await tail.ReadAsync(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task ManyReadersOfRacingPublishers_EachSeeEverythingOnceInOrder()
    {
        const int Batches = 300;
        using var hub = new StreamHub(_store, TimeProvider.System, new StreamHubOptions { WindowBytes = 2000 });
        Task<List<long>>[] readers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
            var seen = new List<long>();
            while (seen.Count < Batches)
            {
                seen.AddRange(Sequences(await tail.ReadAsync(_long)));
            }

            return seen;
        }))];
        for (int i = 0; i < Batches; i++)
        {
            hub.Tell(_stream, await _store.AddAsync(1));
        }

        foreach (List<long> seen in await Task.WhenAll(readers))
        {
            Assert.Equal(Enumerable.Range(0, Batches).Select(number => (long)number), seen);
        }

        Assert.Equal(0, hub.Readers);
    }

    [Fact]
    public async Task Delete_EndsReaders_AndTheNameIsFreeForAnotherStream()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.AddAsync(2));
        Task<RecordBatch?> unread = tail.ReadAsync(_long).AsTask();
        Assert.Equal([0, 1], Sequences(await unread));
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();

        await _store.DeleteAsync(_stream.Session, default);
        hub.Forget(_stream);
        using StreamTail later = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.BeginAgainAsync(timestamp: 2));

        Assert.Null(await next);
        Assert.Null(await tail.ReadAsync(_long));
        Assert.True(tail.IsOver);
        Assert.Equal([0], Sequences(await later.ReadAsync(_long)));
        Assert.False(later.IsOver);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_WhoseNewsIsLost_EndsReadersByThemselves(bool isUsedAgain)
    {
        using var hub = new StreamHub(
            _store, TimeProvider.System, new StreamHubOptions { DeletionCheckInterval = TimeSpan.FromMilliseconds(20), Tick = TimeSpan.FromMilliseconds(5) });
        hub.Connect(new NoRelay());
        await _store.AddAsync(2);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        Assert.Equal([0, 1], Sequences(await tail.ReadAsync(_long)));
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();

        await _store.DeleteAsync(_stream.Session, default);
        if (isUsedAgain)
        {
            await _store.BeginAgainAsync(timestamp: 2);
        }

        Assert.Null(await next);
        Assert.True(tail.IsOver);
    }

    [Fact]
    public async Task Delete_WhoseNewsIsLost_IsSeenByTheFirstRecordOfTheNewStream()
    {
        using var hub = new StreamHub(_store, TimeProvider.System);
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        hub.Tell(_stream, await _store.AddAsync(2));
        Assert.Equal([0, 1], Sequences(await tail.ReadAsync(_long)));
        Task<RecordBatch?> next = tail.ReadAsync(_long).AsTask();

        await _store.DeleteAsync(_stream.Session, default);
        hub.Tell(_stream, await _store.BeginAgainAsync(timestamp: 2));

        Assert.Null(await next);
        Assert.True(tail.IsOver);
    }

    [Fact]
    public async Task Check_OfStreamsThatAreThere_EndsNobody()
    {
        using var hub = new StreamHub(
            _store, TimeProvider.System, new StreamHubOptions { DeletionCheckInterval = TimeSpan.FromMilliseconds(1), Tick = TimeSpan.FromMilliseconds(1) });
        hub.Connect(new NoRelay());
        using StreamTail tail = hub.Open(_stream, Cursor.Start, default);
        var seen = new List<long>();
        while (seen.Count < 200)
        {
            hub.Tell(_stream, await _store.AddAsync(1));
            seen.AddRange(Sequences(await tail.ReadAsync(_long)));
        }

        Assert.False(tail.IsOver);
        Assert.Equal(Enumerable.Range(0, 200).Select(static number => (long)number), seen);
    }

    /// <summary>Loses everything.</summary>
    private sealed class NoRelay : IStreamRelay
    {
        public void Tell(StreamId stream, RecordBatch batch)
        {
        }

        public void Forget(StreamId stream)
        {
        }

        public void Interrupt(StreamId stream)
        {
        }

        public void Follow(StreamId stream)
        {
        }

        public void Leave(StreamId stream)
        {
        }
    }

    private static IEnumerable<long> Sequences(RecordBatch? batch) => batch!.Decode().Select(record => record.Sequence);
}
