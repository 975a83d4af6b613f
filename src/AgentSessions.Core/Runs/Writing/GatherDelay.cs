using Microsoft.Extensions.Configuration;

namespace AgentSessions.Core.Runs.Writing;

/// <summary>How far apart the commits of one answer are kept: not at all, until the processor is nearly used up.</summary>
/// <remarks>
/// A commit wakes the writer, the run and each reader and ends in a send to each, which costs several times what a chunk does. A server that
/// has no time left for a commit a chunk falls behind, and its chunks gather anyhow, behind each other and late. This makes them gather early:
/// the delay grows while the processor is busy and shrinks when it has time again.
/// </remarks>
internal sealed class GatherDelay : IDisposable
{
    /// <summary>The configuration key of the longest delay.</summary>
    public const string Key = "AgentSessions:Streaming:MaxGatherDelay";

    // Above the first share of the processor the delay grows, quickly; below the second it shrinks, slowly.
    private const double Busy = 0.85;
    private const double Free = 0.65;
    private const int StepsUp = 4;
    private const int StepsDown = 20;

    // Text that comes ten times a second still flows.
    private static readonly TimeSpan _defaultLongest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestAllowed = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _longest;
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _processorTime;
    private readonly ITimer? _timer;
    private TimeSpan _used;
    private long _lookedAt;
    private long _current;

    /// <param name="longest">The longest delay; zero for none ever.</param>
    /// <param name="time">The clock.</param>
    /// <param name="processorTime">How much of the processor was used so far: a second for each second that all of it was.</param>
    public GatherDelay(TimeSpan longest, TimeProvider time, Func<TimeSpan> processorTime)
    {
        _longest = longest;
        _time = time;
        _processorTime = processorTime;
        _used = processorTime();
        _lookedAt = time.GetTimestamp();
        _timer = longest > TimeSpan.Zero ? time.CreateTimer(static delay => ((GatherDelay)delay!).Look(), this, _look, _look) : null;
    }

    /// <summary>The time from one commit of an answer to the next, at least.</summary>
    public TimeSpan Current => new(Volatile.Read(ref _current));

    /// <summary>The delay of this process. The longest is 100 ms unless the configuration says otherwise.</summary>
    /// <exception cref="InvalidOperationException">The value is wrong; the message names its key.</exception>
    public static GatherDelay Read(IConfiguration? configuration) =>
        OfProcess(TimeSetting.Read(configuration, Key, _defaultLongest, _longestAllowed));

    public void Dispose() => _timer?.Dispose();

    // The processor's time passes with the system's clock, whatever clock sessions have.
    private static GatherDelay OfProcess(TimeSpan longest) =>
        new(longest, TimeProvider.System, static () => Environment.CpuUsage.TotalTime / Environment.ProcessorCount);

    private void Look()
    {
        TimeSpan used = _processorTime();
        long now = _time.GetTimestamp();
        double load = (used - _used) / _time.GetElapsedTime(_lookedAt, now);
        _used = used;
        _lookedAt = now;
        TimeSpan step = load > Busy ? _longest / StepsUp : load < Free ? -_longest / StepsDown : TimeSpan.Zero;
        Volatile.Write(ref _current, Math.Clamp(_current + step.Ticks, 0, _longest.Ticks));
    }
}
