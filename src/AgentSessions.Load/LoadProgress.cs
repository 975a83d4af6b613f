namespace AgentSessions.Load;

/// <summary>Where a run stands; reported about once a second.</summary>
/// <param name="Phase">What the run is doing.</param>
/// <param name="Elapsed">Time since the phase began.</param>
/// <param name="Ready">Sessions created and readers opened so far.</param>
/// <param name="Chunks">Deltas received since the run began.</param>
/// <param name="ChunksPerSecond">Deltas per second since the last report.</param>
/// <param name="Turns">Turns finished since the run began.</param>
/// <param name="Errors">Errors since the run began.</param>
/// <param name="Order">Order faults since the run began.</param>
public readonly record struct LoadProgress(
    LoadPhase Phase,
    TimeSpan Elapsed,
    long Ready,
    long Chunks,
    double ChunksPerSecond,
    long Turns,
    long Errors,
    OrderFaults Order);

/// <summary>The phases of a run, in order.</summary>
public enum LoadPhase
{
    /// <summary>Sessions are created and readers opened.</summary>
    Setup,

    /// <summary>Under load, not measured.</summary>
    Warmup,

    /// <summary>Under load and measured.</summary>
    Measure,

    /// <summary>Open turns finish; none begins.</summary>
    Drain,
}
