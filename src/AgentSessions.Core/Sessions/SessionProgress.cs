namespace AgentSessions.Core.Sessions;

/// <summary>How far a session's turns have come. Written in the same commit as the boundary it describes.</summary>
public sealed record SessionProgress
{
    /// <summary>Nothing consumed yet.</summary>
    public static readonly SessionProgress None = new();

    /// <summary>The <c>in</c> sequence up to which input is consumed, held back behind queued messages; -1 at first.</summary>
    public long ResumeFloor { get; init; } = -1;

    /// <summary>The highest <c>in</c> sequence consumed at all; -1 at first. A re-read stop at or below it is not applied again.</summary>
    public long AppliedThrough { get; init; } = -1;

    /// <summary>The <c>out</c> sequence of the newest boundary; -1 at first.</summary>
    public long LastBoundary { get; init; } = -1;

    /// <summary>How many runs in a row were started for the same resume floor and died with their host, failed or ran out of time.</summary>
    public int Deaths { get; init; }
}
