using AgentSessions.Core.Nodes;

namespace AgentSessions.Core.Tests.Nodes;

/// <summary>Figures of several nodes add up.</summary>
public sealed class LatenciesTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes(1000);

    [Fact]
    public void Quantile_OfTwoNodesTogether_IsThatOfAllTheirValues()
    {
        Latencies fast = Of(Enumerable.Range(1, 90).Select(static value => value / 100.0));
        Latencies slow = Of(Enumerable.Range(1, 10).Select(static value => 10.0 + value));

        Latencies both = Latencies.Sum([fast, slow]);

        Assert.InRange(both.Quantile(0.5)!.Value, 0.50, 0.56);
        Assert.InRange(both.Quantile(0.95)!.Value, 15.0, 16.6);
        Assert.InRange(both.Quantile(1)!.Value, 20.0, 22.1);
        Assert.Null(Of([]).Quantile(0.5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.001)]
    [InlineData(0.0234)]
    [InlineData(5)]
    [InlineData(3600)]
    public void Quantile_IsAtMostATenthTooMuch(double seconds) =>
        Assert.InRange(Of([seconds]).Quantile(0.5)!.Value, seconds, Math.Max(0.001, seconds * 1.1001));

    [Fact]
    public void LastHour_AddsUpWhatNodesTold_AndForgetsWhatIsOlder()
    {
        TurnMinute[] told = [Told(1000, 3, 1), Told(1000, 4, 0), Told(941, 1, 1), Told(940, 9, 9)];

        IReadOnlyList<TurnMinute> hour = TurnMinute.LastHour(told, _now);

        Assert.Equal(Enumerable.Range(941, 60).Select(static minute => (long)minute), hour.Select(static minute => minute.Minute));
        Assert.Equal((1, 1, 7, 1), (hour[0].Ended, hour[0].Failed, hour[^1].Ended, hour[^1].Failed));
        Assert.Equal(8, hour.Sum(static minute => minute.Ended));
    }

    private static TurnMinute Told(long minute, int ended, int failed) => new(minute, ended, failed, Of([1]), Of([]));

    private static Latencies Of(IEnumerable<double> seconds) =>
        new(seconds.GroupBy(Latencies.BucketOf).ToDictionary(static bucket => bucket.Key, static bucket => bucket.Count()));
}
