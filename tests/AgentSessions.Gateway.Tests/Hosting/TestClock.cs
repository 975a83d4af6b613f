namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>The real clock, moved: dates can be chosen while waits stay real, unless they are skipped.</summary>
internal sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;
    private long _skipped;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _skipped);

    /// <summary>What measures how long it waits takes this time for passed. Timers stay as they are.</summary>
    public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));

    public void Advance(TimeSpan time) => _ahead += time;
}
