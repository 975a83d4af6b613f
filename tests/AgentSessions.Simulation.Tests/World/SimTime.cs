namespace AgentSessions.Simulation.Tests.World;

/// <summary>Time that passes only when nothing else can happen. What is due runs as a step of the scheduler.</summary>
internal sealed class SimTime(SimScheduler scheduler) : TimeProvider
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SortedSet<(TimeSpan Due, long Order, Alarm Alarm)> _alarms = new(Comparer<(TimeSpan Due, long Order, Alarm Alarm)>.Create(
        static (left, right) => left.Due != right.Due ? left.Due.CompareTo(right.Due) : left.Order.CompareTo(right.Order)));

    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long the simulation has gone on.</summary>
    public TimeSpan Elapsed { get; private set; }

    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Moves on to what is due next; false if nothing ever is.</summary>
    public bool MoveOn()
    {
        if (_alarms.Count == 0)
        {
            return false;
        }

        (TimeSpan due, _, Alarm alarm) = _alarms.Min;
        Elapsed = due > Elapsed ? due : Elapsed;
        alarm.Fire(scheduler);
        return true;
    }

    private sealed class Alarm(SimTime time, TimerCallback callback, object? state) : ITimer
    {
        private (TimeSpan Due, long Order, Alarm Alarm)? _set;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Dispose();
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                Set(time.Elapsed + dueTime);
            }

            return true;
        }

        public void Fire(SimScheduler scheduler)
        {
            TimeSpan due = _set!.Value.Due;
            Dispose();
            if (_period > TimeSpan.Zero)
            {
                Set(due + _period);
            }

            scheduler.Start(() =>
            {
                callback(state);
                return Task.CompletedTask;
            });
        }

        public void Dispose()
        {
            if (_set is { } set)
            {
                time._alarms.Remove(set);
                _set = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Set(TimeSpan due)
        {
            _set = (due, time._order++, this);
            time._alarms.Add(_set.Value);
        }
    }
}
