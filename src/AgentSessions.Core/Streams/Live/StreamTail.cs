using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using AgentSessions.Core.Telemetry;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>One reader of a stream: catches up from the store, then follows memory, and falls back to the store when it is slow.</summary>
/// <remarks>
/// Read by one caller at a time. A reader holds no records between calls, so a slow one costs no memory; a steady one causes no store
/// read. Waiting allocates nothing. Await each read once.
/// </remarks>
public sealed class StreamTail : IValueTaskSource, IDisposable
{
    private const long NeverEmpty = -1;

    private readonly StreamHub _hub;
    private readonly LiveStream _live;
    private readonly StreamId _stream;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<bool> _wake = new() { RunContinuationsAsynchronously = true };
    private long _looked;
    private long _interruptions;
    private long _emptyAt = NeverEmpty;
    private bool _disposed;

    internal StreamTail(StreamHub hub, LiveStream live, StreamId stream, Cursor from, CancellationToken cancellationToken)
    {
        _hub = hub;
        _live = live;
        _stream = stream;
        Position = from;
        _looked = hub.Now;
        _interruptions = live.Interruptions;
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static tail => ((StreamTail)tail!).StopWaiting(), this);
    }

    /// <summary>The sequence that the next batch starts at, or later where records were trimmed.</summary>
    public Cursor Position { get; private set; }

    /// <summary>
    /// Where the caller knows that the stream ends at least, so that records before it are asked of the store when memory has not heard of them yet.
    /// Default: the start.
    /// </summary>
    public Cursor KnownTail { get; set; } = Cursor.Start;

    /// <summary>
    /// Whether a wait also ends when the session's run is cancelled, of which no record tells. Best effort: what another host tells of it
    /// may be lost.
    /// Default: false.
    /// </summary>
    public bool EndsWithRun { get; set; }

    /// <summary>Whether the stream was deleted: this reader gets nothing more, and does not wait. A session that took the id over needs another reader.</summary>
    public bool IsOver => _live.IsOver;

    /// <summary>The next records if they are in memory; never waits and never touches the store.</summary>
    public RecordBatch? TryRead()
    {
        RecordBatch? batch = _live.Find(Position, KnownTail, out _, out _);
        Advance(batch);
        return batch;
    }

    /// <summary>The next records, waiting for them if there are none yet.</summary>
    /// <param name="patience">How long to wait, to about 100 ms; null when it passed, and at once when <see cref="IsOver"/> or as <see cref="EndsWithRun"/> says.</param>
    /// <exception cref="OperationCanceledException">The reader's token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RecordBatch?> ReadAsync(TimeSpan patience)
    {
        long started = _hub.Now;
        while (true)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            RecordBatch? batch = _live.Find(Position, KnownTail, out long rings, out bool caughtUp);
            if (_live.IsOver)
            {
                return null;
            }

            TimeSpan poll = _hub.Options.PollInterval - _hub.Elapsed(_looked);
            if (batch is null && ((!caughtUp && _emptyAt != rings) || poll <= TimeSpan.Zero))
            {
                // Memory does not know this place, or the bell may have been lost: the store does know.
                batch = await _hub.ReadStoreAsync(_stream, Position, _cancellationToken);
                _looked = _hub.Now;
                _emptyAt = batch is null ? rings : NeverEmpty;
                poll = _hub.Options.PollInterval;
            }

            if (batch is not null)
            {
                Advance(batch);
                return batch;
            }

            TimeSpan left = patience - _hub.Elapsed(started);
            if (left <= TimeSpan.Zero || (EndsWithRun && IsInterrupted()))
            {
                return null;
            }

            if (StartWait(left < poll ? left : poll, rings))
            {
                await new ValueTask(this, _wake.Version);
            }
        }
    }

    /// <summary>Ends the reader.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _registration.Dispose();
        _hub.Leave(_stream, _live);
    }

    void IValueTaskSource.GetResult(short token) => _wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wake.OnCompleted(continuation, state, token, flags);

    /// <summary>When the wait ends though no bell rang, in the hub's time.</summary>
    internal long DueAt { get; private set; }

    internal void Wake() => _wake.SetResult(true);

    /// <summary>Readies the wait for the bell, or until the time has passed.</summary>
    /// <returns>False if the bell rang meanwhile, so that there is nothing to wait for.</returns>
    private bool StartWait(TimeSpan time, long rings)
    {
        _wake.Reset();
        DueAt = _hub.After(time);
        if (!_live.TryWait(this, rings))
        {
            return false;
        }

        if (_cancellationToken.IsCancellationRequested)
        {
            // The registration may have run just before the reader was among the waiting.
            StopWaiting();
        }

        return true;
    }

    /// <summary>Whether the run was cut off since this was asked last.</summary>
    private bool IsInterrupted()
    {
        long before = _interruptions;
        _interruptions = _live.Interruptions;
        return _interruptions != before;
    }

    private void StopWaiting()
    {
        if (_live.StopWaiting(this))
        {
            Wake();
        }
    }

    private void Advance(RecordBatch? batch)
    {
        if (batch is not null)
        {
            Position = batch.Tail;
            if (AgentMetrics.MeasuresTailLag)
            {
                AgentMetrics.TailRead(Math.Max(0, _live.Newest - Position.Value));
            }
        }
    }
}
