using AgentSessions.Core.Runs;
using AgentSessions.Testing;

namespace AgentSessions.Core.Tests.Runs;

public sealed class RetrySpreadTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Next_OfFew_IsFromOneToFourSeconds()
    {
        var spread = new RetrySpread(perSecond: 100, _time);

        for (int i = 0; i < 200; i++)
        {
            Assert.InRange(spread.Next(i), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
    }

    [Fact]
    public void Next_OfMany_LetsAsManyComeBackEachSecondAsAreWanted()
    {
        // Each comes back when told, and is refused again.
        var spread = new RetrySpread(perSecond: 100, _time);
        var due = new PriorityQueue<int, TimeSpan>(Enumerable.Range(0, 1_000).Select(static who => (who, TimeSpan.Zero)));
        var counts = new int[60];
        TimeSpan now = TimeSpan.Zero;
        while (due.TryPeek(out int who, out TimeSpan at) && at < TimeSpan.FromSeconds(counts.Length))
        {
            _time.Advance(at - now);
            now = at;
            counts[(int)at.TotalSeconds]++;
            due.EnqueueDequeue(who, at + spread.Next(who) + TimeSpan.FromMilliseconds(who % 1000));
        }

        Assert.InRange(counts[20..].Average(), 50, 150);
    }

    [Fact]
    public void Next_OfMoreThanCanBeSpread_IsAtMostHalfAMinute_AndShortAgainWhenTheyAreGone()
    {
        var spread = new RetrySpread(perSecond: 1, _time);
        for (int i = 0; i < 10_000; i++)
        {
            Assert.InRange(spread.Next(i), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        for (int i = 0; i < 10; i++)
        {
            spread.Next(i);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(spread.Next(29), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
    }
}
