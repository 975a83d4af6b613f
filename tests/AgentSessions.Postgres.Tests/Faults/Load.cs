using System.Collections.Concurrent;
using System.Diagnostics;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>Writers that each extend a stream of their own as an engine would, and know what they were told is durable.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly PostgresSessionStore _store;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<SessionKey, long> _tails = [];
    private readonly ConcurrentDictionary<SessionKey, TimeSpan> _longest = [];
    private readonly ConcurrentDictionary<string, int> _told = [];
    private readonly Task[] _writers;
    private readonly Task _reader;
    private long _commits;

    public Load(PostgresSessionStore store, IReadOnlyList<SessionKey> sessions)
    {
        _store = store;
        _writers = [.. sessions.Select(session => Task.Run(() => WriteAsync(session)))];
        _reader = Task.Run(() => ReadAsync(sessions));
    }

    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>How often a caller was told that the store is away.</summary>
    public long Unavailable => _told.Values.Sum();

    /// <summary>What callers were told, and how often.</summary>
    public IReadOnlyDictionary<string, int> Told => _told;

    /// <summary>The longest time from an append's first try to its acknowledgement.</summary>
    public TimeSpan LongestAppend => _longest.Values.Max();

    /// <summary>Waits until work gets done again.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> ProgressAsync(long commits)
    {
        var clock = Stopwatch.StartNew();
        long goal = Commits + commits;
        await Eventually.TrueAsync(
            () => _writers.Any(writer => writer.IsFaulted) ? throw _writers.First(writer => writer.IsFaulted).Exception! : Task.FromResult(Commits >= goal),
            "commits after the fault");
        return clock.Elapsed;
    }

    /// <summary>Stops and compares every stream with what was acknowledged.</summary>
    public async Task VerifyAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers);
        await _reader;
        foreach ((SessionKey session, long tail) in _tails)
        {
            Assert.Equal(tail, (await _store.LoadAsync(session, default))!.Out.Tail.Value);
            long cursor = 0;
            while (await _store.ReadAsync(StreamId.Out(session), new Cursor(cursor), 1 << 20, default) is { } batch)
            {
                Assert.Equal(cursor, batch.First.Value);
                Assert.True(batch.Records.Span.SequenceEqual(Sample.Batch(cursor, batch.Count, session.Key).Records.Span), "Records changed.");
                cursor += batch.Count;
            }

            Assert.Equal(tail, cursor);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll([.. _writers, _reader]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WriteAsync(SessionKey session)
    {
        long tail = 0;
        while (!_stop.IsCancellationRequested)
        {
            RecordBatch batch = Sample.Batch(tail, 1 + (int)(tail % 4), session.Key);
            long began = Stopwatch.GetTimestamp();
            await AppendAsync(session, batch);
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            _longest.AddOrUpdate(session, took, (_, longest) => longest > took ? longest : took);
            tail = batch.Tail.Value;
            _tails[session] = tail;
            Interlocked.Increment(ref _commits);
        }
    }

    /// <summary>Repeats an append until it is known to be stored: by the answer, or by the tail that it left.</summary>
    private async Task AppendAsync(SessionKey session, RecordBatch batch)
    {
        bool inDoubt = false;
        while (true)
        {
            try
            {
                CommitOutcome outcome = await _store.CommitAsync(
                    Sample.Append(StreamId.Out(session), batch) with { ExpectedRunVersion = 0 }, default);
                if (outcome == CommitOutcome.Committed)
                {
                    return;
                }

                // Nobody else writes here, so only an attempt of our own whose answer was lost can have moved the tail.
                Assert.Equal(CommitOutcome.TailMoved, outcome);
                Assert.True(inDoubt, "A commit was refused though all before it were answered.");
                Assert.Equal(batch.Tail, (await _store.LoadAsync(session, default))!.Out.Tail);
                return;
            }
            catch (StoreUnavailableException refused)
            {
                inDoubt = true;
                Note(refused);
            }
        }
    }

    /// <summary>Whatever is acknowledged can be read, at any moment the database is there.</summary>
    private async Task ReadAsync(IReadOnlyList<SessionKey> sessions)
    {
        for (int i = 0; !_stop.IsCancellationRequested; i = (i + 1) % sessions.Count)
        {
            long acknowledged = _tails.GetValueOrDefault(sessions[i]);
            try
            {
                StreamBounds bounds = await _store.GetBoundsAsync(StreamId.Out(sessions[i]), default);
                Assert.True(bounds.Tail.Value >= acknowledged, $"{acknowledged} records were acknowledged, {bounds.Tail} are there.");
            }
            catch (StoreUnavailableException refused)
            {
                Note(refused);
            }
        }
    }

    private void Note(StoreUnavailableException refused) => _told.AddOrUpdate(refused.Message, 1, static (_, times) => times + 1);
}
