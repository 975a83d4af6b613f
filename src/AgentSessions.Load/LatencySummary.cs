namespace AgentSessions.Load;

/// <summary>Percentiles of a set of durations, exact to one percent.</summary>
/// <param name="Count">Durations recorded; the others are zero when this is.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Max">Longest.</param>
public readonly record struct LatencySummary(long Count, TimeSpan P50, TimeSpan P90, TimeSpan P99, TimeSpan Max);
