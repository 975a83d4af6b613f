namespace AgentSessions.Core.Sessions;

/// <summary>Sessions whose first step another process answers, which then hands over (wire document, section 11).</summary>
internal static class HeadStart
{
    /// <summary>The trigger of a session that begins so.</summary>
    private const string Trigger = "handover-prepare";

    /// <summary>Whether a handover is still good: until the first boundary, whichever run takes it.</summary>
    public static bool IsOpen(SessionRow session, SessionProgress progress) =>
        progress.LastBoundary < 0 && IsMeant(session);

    /// <summary>Whether the session is one that begins so.</summary>
    public static bool IsMeant(SessionRow session) => BootPayloads.Trigger(session.TriggerConfig) == Trigger;
}
