namespace AgentSessions.Load;

/// <summary>Many sessions, each with one reader, that take turns back to back.</summary>
public sealed record TurnLoad : LoadTiming
{
    /// <summary>Concurrent sessions, at least 1.</summary>
    public required int Sessions { get; init; }

    /// <summary>Text deltas in each answer, at least 1. Default 200.</summary>
    public int ChunksPerTurn { get; init; } = 200;

    /// <summary>Time the agent leaves between two deltas, whole milliseconds. Default zero: as fast as it can.</summary>
    public TimeSpan ChunkDelay { get; init; }

    /// <summary>Turns each session takes at most; null (default) for as many as fit in the time.</summary>
    public int? TurnsPerSession { get; init; }

    /// <summary>Time over which the first turns are spread evenly, so that paced sessions do not tick in step. Default zero.</summary>
    public TimeSpan RampUp { get; init; }

    /// <summary>Sessions are named <c>{prefix}-{number}</c>; null (default) makes a new prefix, a used one meets its sessions again.</summary>
    public string? Prefix { get; init; }
}
