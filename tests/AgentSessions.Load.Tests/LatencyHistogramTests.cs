namespace AgentSessions.Load.Tests;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Summarize_Nothing_IsZero() => Assert.Equal(default, new LatencyHistogram().Summarize());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_537)]
    [InlineData(4_100_000)]
    [InlineData(60_000_000_000)]
    public void Summarize_OneDuration_IsWithinAPercent(long micros)
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromMicroseconds(micros));

        LatencySummary summary = histogram.Summarize();

        Assert.Equal(1, summary.Count);
        Assert.Equal(micros, summary.Max.TotalMicroseconds);
        Assert.InRange(summary.P50.TotalMicroseconds, micros * 0.99, (micros * 1.01) + 1);
    }

    [Fact]
    public void Summarize_OneToAThousand_FindsThePercentiles()
    {
        LatencyHistogram histogram = new();
        for (int milliseconds = 1; milliseconds <= 1_000; milliseconds++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        LatencySummary summary = histogram.Summarize();

        Assert.InRange(summary.P50.TotalMilliseconds, 500, 505);
        Assert.InRange(summary.P90.TotalMilliseconds, 900, 909);
        Assert.InRange(summary.P99.TotalMilliseconds, 990, 1_000);
    }

    [Fact]
    public void Record_NegativeOrEndless_StaysInRange()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromSeconds(-1));
        histogram.Record(TimeSpan.MaxValue);

        Assert.Equal(TimeSpan.Zero, histogram.Summarize().P50);
        Assert.InRange(histogram.Summarize().Max.TotalHours, 19, 20);
    }
}
