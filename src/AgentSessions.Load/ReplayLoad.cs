namespace AgentSessions.Load;

/// <summary>Readers that resume a finished turn from the cursor before its first chunk, again and again.</summary>
public sealed record ReplayLoad : LoadTiming
{
    /// <summary>Concurrent readers, at least 1. Default 50.</summary>
    public int Readers { get; init; } = 50;

    /// <summary>Text deltas in the finished turn. Default 2,000.</summary>
    public int ChunksPerTurn { get; init; } = 2_000;

    /// <summary>Replays in all at most; null (default) for as many as fit in the time.</summary>
    public int? Replays { get; init; }
}
