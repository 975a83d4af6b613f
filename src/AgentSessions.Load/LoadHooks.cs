namespace AgentSessions.Load;

/// <summary>What a caller wants to be told while a run goes on. Called on the run's own threads: return quickly.</summary>
public sealed record LoadHooks
{
    /// <summary>Nothing is told.</summary>
    public static LoadHooks None { get; } = new();

    /// <summary>Called about once a second and at each change of phase.</summary>
    public Action<LoadProgress>? Progress { get; init; }

    /// <summary>Called when the measured time begins, for instance to read the server's CPU time.</summary>
    public Action? MeasureStarted { get; init; }

    /// <summary>Called when the measured time ends, before open turns finish.</summary>
    public Action? MeasureEnded { get; init; }
}
