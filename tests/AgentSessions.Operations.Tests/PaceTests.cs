using AgentSessions.Server.DemoAgents;
using AgentSessions.Testing;

namespace AgentSessions.Operations.Tests;

/// <summary>The paced agent counts by the clock, so a process that stood still asks for what it missed.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan _apart = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Parts_AreDueAFixedTimeApart_TheFirstAtOnce()
    {
        using var pace = new Pace(_apart, _time);
        for (int part = 0; part < 5; part++)
        {
            ValueTask due = pace.WaitForAsync(part, CancellationToken.None);
            Assert.Equal(part == 0, due.IsCompleted);
            _time.Advance(part == 0 ? TimeSpan.Zero : _apart);
            await due.AsTask().WaitAsync(_limit);
        }
    }

    [Fact]
    public async Task Parts_ThatCameDueWhileNobodyLooked_AreDueAtOnce_AndTheNextInItsTime()
    {
        using var pace = new Pace(_apart, _time);
        _time.Advance(_apart * 7);
        for (int part = 0; part <= 7; part++)
        {
            Assert.True(pace.WaitForAsync(part, CancellationToken.None).IsCompleted);
        }

        ValueTask next = pace.WaitForAsync(8, CancellationToken.None);
        Assert.False(next.IsCompleted);
        _time.Advance(_apart);
        await next.AsTask().WaitAsync(_limit);
    }
}
