using AgentSessions.Load.Checks;

namespace AgentSessions.Load.Scenarios;

/// <summary>Collects what a run sees and cuts the measured time out of it.</summary>
internal sealed class LoadMeter(TimeProvider time)
{
    private readonly List<StreamCheck> _checks = [];
    private readonly LatencyHistogram _turn = new();
    private readonly LatencyHistogram _firstChunk = new();
    private readonly LatencyHistogram _append = new();
    private readonly LatencyHistogram _request = new();
    private long _ready;
    private long _turns;
    private long _refused;
    private Totals _start;
    private Totals _end;
    private long _startedAt = long.MaxValue;
    private long _endedAt = long.MaxValue;

    public ErrorCounts Errors { get; } = new();

    public long Now => time.GetTimestamp();

    public long Ready => Volatile.Read(ref _ready);

    public long Turns => Volatile.Read(ref _turns);

    public void Add(StreamCheck check)
    {
        lock (_checks)
        {
            _checks.Add(check);
        }
    }

    public void OnReady() => Interlocked.Increment(ref _ready);

    public void StartMeasuring()
    {
        _start = Total();
        Volatile.Write(ref _startedAt, Now);
    }

    public void StopMeasuring()
    {
        Volatile.Write(ref _endedAt, Now);
        _end = Total();
    }

    public void OnAppend(long begun) => Record(_append, begun);

    public void OnFirstChunk(long begun) => Record(_firstChunk, begun);

    public void OnRequest(long begun) => Record(_request, begun);

    /// <summary>A request of the set-up, which is measured too where setting up is the load.</summary>
    public void OnSetupRequest(long begun) => _request.Record(time.GetElapsedTime(begun));

    public void OnRefused() => Interlocked.Increment(ref _refused);

    public void OnTurn(long begun)
    {
        Interlocked.Increment(ref _turns);
        Record(_turn, begun);
    }

    /// <summary>Everything received so far. Readers go on meanwhile, so the parts are of nearly the same moment.</summary>
    public Totals Total()
    {
        lock (_checks)
        {
            long chunks = 0, bytes = 0;
            OrderFaults order = default;
            foreach (StreamCheck check in _checks)
            {
                chunks += check.Chunks;
                bytes += check.Bytes;
                order += check.Faults;
            }

            return new Totals(chunks, bytes, Turns, order);
        }
    }

    public LoadResult ToResult() => new()
    {
        Window = _endedAt == long.MaxValue ? TimeSpan.Zero : time.GetElapsedTime(_startedAt, _endedAt),
        Chunks = _end.Chunks - _start.Chunks,
        TotalChunks = Total().Chunks,
        Bytes = _end.Bytes - _start.Bytes,
        Turns = _end.Turns - _start.Turns,
        Turn = _turn.Summarize(),
        FirstChunk = _firstChunk.Summarize(),
        Append = _append.Summarize(),
        Request = _request.Summarize(),
        Order = Total().Order,
        Refused = Volatile.Read(ref _refused),
        Errors = Errors.ToDictionary(),
    };

    /// <summary>Only what began in the measured time counts, also when it ends later: the slowest would be left out otherwise.</summary>
    private void Record(LatencyHistogram histogram, long begun)
    {
        if (begun >= Volatile.Read(ref _startedAt) && begun < Volatile.Read(ref _endedAt))
        {
            histogram.Record(time.GetElapsedTime(begun));
        }
    }

    /// <summary>Sums over all readers.</summary>
    internal readonly record struct Totals(long Chunks, long Bytes, long Turns, OrderFaults Order);
}
