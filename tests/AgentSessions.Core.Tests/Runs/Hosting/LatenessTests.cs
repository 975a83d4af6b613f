using AgentSessions.Core.Runs.Hosting;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Tests.Runs.Hosting;

public sealed class LatenessTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(500);
    private readonly LateTime _time = new();

    [Fact]
    public void Lasts_WhileEachTickIsLateForTwoSeconds_AndNoLongerAfterOneOnTime()
    {
        using var lateness = new Lateness(_longest, _time);

        for (int i = 0; i < 3; i++)
        {
            Assert.False(lateness.Lasts);
            _time.Tick(late: TimeSpan.FromMilliseconds(600));
        }

        Assert.True(lateness.Lasts);
        _time.Tick(late: TimeSpan.FromMilliseconds(10));
        Assert.False(lateness.Lasts);
    }

    [Fact]
    public void Lasts_WhileATickHasNotComeForTwoSeconds()
    {
        using var lateness = new Lateness(_longest, _time);

        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.False(lateness.Lasts);

        _time.Pass(TimeSpan.FromSeconds(0.2));
        Assert.True(lateness.Lasts);
    }

    [Fact]
    public void Lasts_WithTicksLateByLessThanTheLongestWait_StaysFalse()
    {
        using var lateness = new Lateness(_longest, _time);

        for (int i = 0; i < 100; i++)
        {
            _time.Tick(late: TimeSpan.FromMilliseconds(400));
            Assert.False(lateness.Lasts);
        }
    }

    [Fact]
    public void Lasts_WithoutALongest_StaysFalse()
    {
        using var lateness = new Lateness(TimeSpan.Zero, _time);

        _time.Pass(TimeSpan.FromMinutes(1));

        Assert.False(lateness.Lasts);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-00:00:01")]
    [InlineData("00:01:00")]
    public void Read_AWrongValue_NamesTheKey(string value)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(Lateness.Key, value)]).Build();

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => Lateness.Read(configuration));

        Assert.Contains(Lateness.Key, refused.Message);
    }

    /// <summary>A clock whose one timer runs as late as it is told.</summary>
    private sealed class LateTime : TimeProvider
    {
        private TimeSpan _now = TimeSpan.FromHours(1);
        private Action? _tick;
        private TimeSpan _due;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Pass(TimeSpan time) => _now += time;

        public void Tick(TimeSpan late)
        {
            _now += _due + late;
            _tick!();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick = () => callback(state);
            _due = dueTime;
            return new Timer(this);
        }

        private sealed class Timer(LateTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time._due = dueTime;
                return true;
            }

            public void Dispose()
            {
                // There is nothing to stop.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
