namespace AgentSessions.Core.Sessions;

/// <summary>Why a run was started (lifecycle, section 3). The numbers are stored.</summary>
public enum RunReason
{
    /// <summary>The session was created.</summary>
    Initial = 0,

    /// <summary>The run before had ended.</summary>
    Continuation = 1,

    /// <summary>The run before handed over.</summary>
    Upgrade = 2,

    /// <summary>An operator asked.</summary>
    Manual = 3,
}
