namespace AgentSessions.Core.Runs;

/// <summary>The state of a run. The numbers are stored: they may be added to and never change.</summary>
public enum RunStatus
{
    /// <summary>Claimed, not started yet.</summary>
    Queued = 0,

    /// <summary>In a turn.</summary>
    Executing = 1,

    /// <summary>Between turns.</summary>
    Waiting = 2,

    /// <summary>Parked until its version is deployed.</summary>
    PendingVersion = 3,

    /// <summary>Ended as it should.</summary>
    Completed = 4,

    /// <summary>Ended from outside.</summary>
    Canceled = 5,

    /// <summary>The agent's code failed outside a turn.</summary>
    Failed = 6,

    /// <summary>Its host died.</summary>
    Crashed = 7,

    /// <summary>The session expired under it.</summary>
    Expired = 8,

    /// <summary>It passed its maximum duration.</summary>
    TimedOut = 9,
}

/// <summary>Why a run ended (lifecycle, section 7). The numbers are stored.</summary>
public enum RunEnd
{
    /// <summary>Nothing came in for its idle time.</summary>
    IdleTimeout = 0,

    /// <summary>Nothing came in after a preload.</summary>
    PreloadIdle = 1,

    /// <summary>It answered as many turns as it may.</summary>
    MaxTurns = 2,

    /// <summary>The agent ended it.</summary>
    EndRun = 3,

    /// <summary>A successor took over.</summary>
    Upgraded = 4,

    /// <summary>The session was closed, or a close record told the run to end.</summary>
    Closed = 5,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled = 6,

    /// <summary>The session expired.</summary>
    Expired = 7,

    /// <summary>It passed its maximum duration.</summary>
    MaxDuration = 8,

    /// <summary>The agent's code failed outside a turn.</summary>
    Failed = 9,

    /// <summary>Its host died.</summary>
    HostLost = 10,

    /// <summary>The host put it out, for memory or a drain.</summary>
    Evicted = 11,

    /// <summary>Another run owns the session.</summary>
    LostClaim = 12,

    /// <summary>The head start it waited for was called off.</summary>
    HandoverSkipped = 13,

    /// <summary>An operator took the session over.</summary>
    TakenOver = 14,
}
