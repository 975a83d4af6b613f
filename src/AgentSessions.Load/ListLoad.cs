namespace AgentSessions.Load;

/// <summary>Callers that list the newest page of sessions again and again.</summary>
public sealed record ListLoad : LoadTiming
{
    /// <summary>Concurrent callers, at least 1. Default 1.</summary>
    public int Callers { get; init; } = 1;

    /// <summary>Sessions on a page, 1 to 100. Default 20.</summary>
    public int PageSize { get; init; } = 20;
}
