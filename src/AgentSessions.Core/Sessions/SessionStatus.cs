namespace AgentSessions.Core.Sessions;

/// <summary>Whether a session takes appends (wire document, section 4.1).</summary>
public enum SessionStatus
{
    /// <summary>It does.</summary>
    Active = 0,

    /// <summary>It was closed, for good.</summary>
    Closed = 1,

    /// <summary>Its time passed.</summary>
    Expired = 2,
}
