using AgentSessions.Embedded.Commits;

namespace AgentSessions.Embedded.Tests;

/// <summary>What wakes the store's writer: no ring is lost, whenever it comes.</summary>
public abstract class DoorbellContract
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Ring_BeforeTheWait_EndsIt()
    {
        Doorbell bell = Create();
        bell.Ring();
        Assert.True(bell.Wait(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Wait_TakesTheRing()
    {
        Doorbell bell = Create();
        bell.Ring();
        Assert.True(bell.Wait(_limit));
        Assert.False(bell.Wait(TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ring_OfManyThreads_WakesWhoeverSleeps(bool isLimited)
    {
        const int Ringers = 4;
        const int Rings = 2_000;
        Doorbell bell = Create();
        int left = Ringers * Rings;
        var waiter = Task.Run(() =>
        {
            while (Volatile.Read(ref left) > 0)
            {
                Assert.True(bell.Wait(isLimited ? _limit : Timeout.InfiniteTimeSpan));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Ringers).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Rings; i++)
            {
                Interlocked.Decrement(ref left);
                bell.Ring();
            }
        })));
        await waiter.WaitAsync(_limit);
    }

    internal abstract Doorbell Create();
}

public sealed class EventDoorbellTests : DoorbellContract
{
    internal override Doorbell Create() => new Doorbell.ManagedBell();
}

public sealed class CounterDoorbellTests : DoorbellContract
{
    internal override Doorbell Create() => OperatingSystem.IsLinux() ? new Doorbell.KernelBell() : Doorbell.Create();
}
