using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>A session whose time has passed, and its place in the list of all of them: by expiry, then by environment and key.</summary>
/// <param name="Session">The session.</param>
/// <param name="ExpiresAt">When it expired.</param>
public readonly record struct ExpiredSession(SessionKey Session, DateTimeOffset ExpiresAt);
