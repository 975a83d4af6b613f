namespace AgentSessions.Testing;

/// <summary>A clock that stands still until a test moves it. Timers fire when the time passes them, in the order they are due.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Alarm> _alarms = [];
    private readonly List<(DateTimeOffset Due, TaskCompletionSource Set)> _waiting = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Moves the clock and fires what is due on the way.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset end = GetUtcNow() + by;
        while (TakeDue(end) is { } alarm)
        {
            alarm.Fire();
        }

        lock (_gate)
        {
            _now = end;
        }
    }

    /// <summary>Completes once something waits for exactly this long from now.</summary>
    public Task TimerAsync(TimeSpan due)
    {
        lock (_gate)
        {
            DateTimeOffset at = _now + due;
            if (_alarms.Exists(alarm => alarm.Due == at))
            {
                return Task.CompletedTask;
            }

            var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((at, set));
            return set.Task;
        }
    }

    private Alarm? TakeDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            Alarm? next = _alarms.Where(alarm => alarm.Due <= end).MinBy(static alarm => alarm.Due);
            if (next is not null)
            {
                _now = next.Due > _now ? next.Due : _now;
                next.Rearm();
            }

            return next;
        }
    }

    private sealed class Alarm(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            // As the timers of the system do.
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, _longest);
            lock (time._gate)
            {
                time._alarms.Remove(this);
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time._now + dueTime;
                    time._alarms.Add(this);
                    time._waiting.RemoveAll(waiting => waiting.Due == Due && waiting.Set.TrySetResult());
                }
            }

            return true;
        }

        public void Fire() => callback(state);

        /// <summary>Sets the next time, or takes the alarm off. Call with the gate held.</summary>
        public void Rearm()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
            }
            else
            {
                time._alarms.Remove(this);
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._alarms.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
