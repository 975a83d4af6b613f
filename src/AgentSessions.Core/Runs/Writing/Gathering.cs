namespace AgentSessions.Core.Runs.Writing;

/// <summary>The writers of this host that hold chunks back for those behind them.</summary>
internal sealed class Gathering : IDisposable
{
    // Whoever waits is looked at together: a timer for each would cost more than its chunks do.
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _delay;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Queue<(OutWriter Writer, long Due)> _waiting = new();
    private readonly List<OutWriter> _due = [];
    private bool _isTicking;

    /// <param name="time">The clock.</param>
    /// <param name="delay">The time from one commit of an answer to the next, at least; zero while nobody should wait.</param>
    public Gathering(TimeProvider time, Func<TimeSpan> delay)
    {
        _time = time;
        _delay = delay;
        _timer = time.CreateTimer(static gathering => ((Gathering)gathering!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time from one commit of an answer to the next, at least.</summary>
    public TimeSpan Delay => _delay();

    /// <summary>Calls <see cref="OutWriter.Gathered"/> once the time has passed, to about 20 ms.</summary>
    public void Wait(OutWriter writer, TimeSpan time)
    {
        lock (_gate)
        {
            _waiting.Enqueue((writer, _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency)));
            if (!_isTicking)
            {
                _isTicking = true;
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_gate)
        {
            // In the order they came, which is nearly that of their times.
            long now = _time.GetTimestamp();
            while (_waiting.TryPeek(out (OutWriter Writer, long Due) first) && first.Due <= now)
            {
                _due.Add(_waiting.Dequeue().Writer);
            }
        }

        foreach (OutWriter writer in _due)
        {
            writer.Gathered();
        }

        _due.Clear();
        lock (_gate)
        {
            _isTicking = _waiting.Count > 0;
            if (_isTicking)
            {
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
