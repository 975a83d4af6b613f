namespace AgentSessions.Load;

/// <summary>Many readers of one session whose turns follow each other.</summary>
public sealed record FanOutLoad : LoadTiming
{
    /// <summary>Concurrent readers of the session, at least 1. Default 1,000.</summary>
    public int Readers { get; init; } = 1_000;

    /// <summary>Text deltas in each answer. Default 100.</summary>
    public int ChunksPerTurn { get; init; } = 100;

    /// <summary>Time the agent leaves between two deltas, whole milliseconds. Default 20 milliseconds.</summary>
    public TimeSpan ChunkDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Turns at most; null (default) for as many as fit in the time.</summary>
    public int? Turns { get; init; }
}
