namespace AgentSessions.Simulation.Tests.World;

/// <summary>One process's clock: the date may be set back and forth, while timers and stopwatches go on.</summary>
internal sealed class NodeClock(SimTime time) : TimeProvider
{
    public TimeSpan Offset { get; set; }

    /// <summary>How long the simulation has gone on, whatever the date.</summary>
    public TimeSpan Elapsed => time.Elapsed;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
