using AgentSessions.Core.Runs.Writing;
using AgentSessions.Testing;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Tests.Runs.Writing;

public sealed class GatherDelayTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(100);
    private readonly ManualTime _time = new();
    private TimeSpan _used;

    [Fact]
    public void Current_GrowsWithinHalfASecondOnABusyProcessor_AndGoesWhenItRests()
    {
        using var delay = new GatherDelay(_longest, _time, () => _used);
        Assert.Equal(TimeSpan.Zero, delay.Current);

        Pass(TimeSpan.FromSeconds(0.5), share: 0.95);
        Assert.Equal(_longest, delay.Current);

        Pass(TimeSpan.FromSeconds(10), share: 0.75);
        Assert.Equal(_longest, delay.Current);

        Pass(TimeSpan.FromSeconds(1), share: 0.3);
        Assert.InRange(delay.Current, TimeSpan.FromMilliseconds(1), _longest / 2);

        Pass(TimeSpan.FromSeconds(2), share: 0.3);
        Assert.Equal(TimeSpan.Zero, delay.Current);
    }

    [Fact]
    public void Current_WithoutALongest_StaysZero()
    {
        using var delay = new GatherDelay(TimeSpan.Zero, _time, () => _used);

        Pass(TimeSpan.FromSeconds(5), share: 1);

        Assert.Equal(TimeSpan.Zero, delay.Current);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-00:00:01")]
    [InlineData("00:00:02")]
    public void Read_AWrongValue_NamesTheKey(string value)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(GatherDelay.Key, value)]).Build();

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => GatherDelay.Read(configuration));

        Assert.Contains(GatherDelay.Key, refused.Message);
    }

    private void Pass(TimeSpan time, double share)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(10); time > TimeSpan.Zero; time -= step)
        {
            _used += step * share;
            _time.Advance(step);
        }
    }
}
