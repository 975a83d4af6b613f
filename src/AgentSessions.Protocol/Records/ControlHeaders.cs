namespace AgentSessions.Protocol.Records;

/// <summary>The header names and subtypes of control and command records (wire document, section 6).</summary>
public static class ControlHeaders
{
    /// <summary>Marks a control record; its value is the subtype.</summary>
    public const string Control = "trigger-control";

    /// <summary>Subtype: the turn's stream ends here.</summary>
    public const string TurnComplete = "turn-complete";

    /// <summary>Subtype: a successor run answers on the same stream.</summary>
    public const string UpgradeRequired = "upgrade-required";

    /// <summary>Subtype: the run waits for a version that is not deployed yet.</summary>
    public const string PendingVersion = "pending-version";

    /// <summary>Subtype: the session is closed for good.</summary>
    public const string SessionClosed = "session-closed";

    /// <summary>Subtype of our own: the turn lives and has said nothing for a while. Clients ignore it.</summary>
    public const string KeepAlive = "keepalive";

    /// <summary>Subtype of our own: the turn of a message that came with terms begins; <see cref="InEventId"/> says whose. Clients ignore it.</summary>
    public const string TurnBegun = "turn-begun";

    /// <summary>On a record of <c>in</c>: what the server set for the turn it makes.</summary>
    public const string TurnTerms = "turn-terms";

    /// <summary>A fresh session token.</summary>
    public const string PublicAccessToken = "public-access-token";

    /// <summary>The resume floor: the <c>in</c> sequence up to which input is consumed, held back behind queued messages.</summary>
    public const string InEventId = "session-in-event-id";

    /// <summary>The highest <c>in</c> sequence consumed, not held back.</summary>
    public const string InConsumedId = "session-in-consumed-id";

    /// <summary>On a boundary: the session was closed with this turn. Its value is <c>true</c>.</summary>
    public const string Closed = "session-closed";

    /// <summary>Why the session was closed.</summary>
    public const string ClosedReason = "session-closed-reason";

    /// <summary>The value of the empty-named header that marks a trim command.</summary>
    public const string Trim = "trim";

    /// <summary>Whether a chunk's type is that of a control record of older servers, which had no headers. Clients still know some of them.</summary>
    public static bool IsOldControl(string chunkType) => chunkType.StartsWith("trigger:", StringComparison.Ordinal);
}
