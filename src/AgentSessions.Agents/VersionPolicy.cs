namespace AgentSessions.Agents;

/// <summary>What a run does when its session is locked to another version of its agent while it lives.</summary>
/// <remarks>
/// The lock is <c>lockToVersion</c> of the session's trigger configuration. If that version is not deployed, the successor waits for it: readers get a
/// <c>pending-version</c> record, and messages stay owed until a server that has the version takes the session up.
/// </remarks>
public enum VersionPolicy
{
    /// <summary>It hands over before it answers the next message.</summary>
    Follow,

    /// <summary>It stays until it ends by itself; its successor is of the other version.</summary>
    Hold,
}
