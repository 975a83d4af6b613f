namespace AgentSessions.Client.Connections;

/// <summary>Asks for a chat session.</summary>
public sealed record SessionStart
{
    /// <summary>The caller's id: 1 to 256 characters, not starting with <c>session_</c>.</summary>
    public required string ChatId { get; init; }

    /// <summary>The agent's registered name.</summary>
    public required string Agent { get; init; }

    /// <summary>A JSON object with an object <c>basePayload</c>.</summary>
    public required string TriggerConfig { get; init; }

    /// <summary>The session's own labels, at most 10; null keeps those of a session that exists.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>What a start came to.</summary>
/// <param name="SessionId">The server-made id, <c>session_…</c>.</param>
/// <param name="RunId">The run that is alive.</param>
/// <param name="PublicAccessToken">A token for one hour that reads and writes the session; empty where the connection mints none.</param>
/// <param name="IsCached">Whether the session existed. Of racing starts exactly one sees false.</param>
public sealed record SessionStarted(string SessionId, string RunId, string PublicAccessToken, bool IsCached);
