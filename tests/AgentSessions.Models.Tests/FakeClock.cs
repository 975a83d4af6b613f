namespace AgentSessions.Models.Tests;

/// <summary>Time that stands still until a test moves it. Waits that begin are counted, so that a test can move it at the right moment.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(Func<Timer, bool> Match, TaskCompletionSource Armed)> _waiters = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes once a timer waits for exactly this long from now.</summary>
    public Task WaitFor(TimeSpan dueTime)
    {
        lock (_lock)
        {
            if (_timers.Any(timer => timer.Due == _now + dueTime))
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            DateTimeOffset due = _now + dueTime;
            _waiters.Add((timer => timer.Due == due, armed));
            return armed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        due.ForEach(timer => timer.Fire());
    }

    private sealed class Timer(FakeClock clock, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._now + dueTime;
                    clock._timers.Add(this);
                    foreach ((Func<Timer, bool> match, TaskCompletionSource armed) in clock._waiters)
                    {
                        if (match(this))
                        {
                            armed.TrySetResult();
                        }
                    }
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
