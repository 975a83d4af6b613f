namespace AgentSessions.Core.Sessions;

/// <summary>What is stored of a session besides its streams: its identity, labels, end, and the run it owns.</summary>
/// <remarks>Immutable; a change is a new row put with the version it was read at, so that of two writers one starts over.</remarks>
public sealed record SessionRow
{
    /// <summary>The environment and canonical key.</summary>
    public required SessionKey Key { get; init; }

    /// <summary>The server-made id, <c>session_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The caller's id, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Free text, 1 to 64 characters; chat clients send <c>chat.agent</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The name of the agent that answers (<c>taskIdentifier</c> on the wire).</summary>
    public required string Agent { get; init; }

    /// <summary>The trigger configuration as the caller sent it: a JSON object that contains <c>basePayload</c>.</summary>
    public required string TriggerConfig { get; init; }

    /// <summary>The session's own labels, at most 10.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>A JSON object, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>When the session was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the row last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the session was closed; null while it is open. Never taken back.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Why it was closed.</summary>
    public string? ClosedReason { get; init; }

    /// <summary>From when on appends are refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The run that owns the session now or did last; null before the first.</summary>
    public string? CurrentRunId { get; init; }

    /// <summary>Whether <see cref="CurrentRunId"/> has not ended. Such a session is owed a look after its host died.</summary>
    public bool HasLiveRun { get; init; }

    /// <summary>Who has taken the session over from its agent; null for nobody. While somebody holds it no run starts.</summary>
    public string? HeldBy { get; init; }

    /// <summary>Whether a person holds the session.</summary>
    public bool IsHeld => HeldBy is not null;

    /// <summary>Rises by one whenever ownership changes: a claim, a swap, a cancellation. Fences writes of the run before.</summary>
    public long RunVersion { get; init; }

    /// <summary>Whether somebody is there to answer: a run, or a person who holds the session.</summary>
    public bool IsAttendedAt(DateTimeOffset now) => HasLiveRun || (IsHeld && StatusAt(now) == SessionStatus.Active);

    /// <summary>What the row says about the session at a point in time.</summary>
    public SessionStatus StatusAt(DateTimeOffset now) =>
        ClosedAt is not null ? SessionStatus.Closed
        : ExpiresAt <= now ? SessionStatus.Expired
        : SessionStatus.Active;
}
