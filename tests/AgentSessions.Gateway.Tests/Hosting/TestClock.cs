namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>The real clock, moved: dates can be chosen while waits stay real.</summary>
internal sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void Advance(TimeSpan time) => _ahead += time;
}
