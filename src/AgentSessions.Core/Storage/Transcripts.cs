using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>A change to a stored transcript (lifecycle, section 14). Applied in the order of the properties here; idempotent.</summary>
public sealed record TranscriptDelta
{
    /// <summary>Drops every message placed after this id first. The empty string drops all. Null: drops none. An unknown id drops none.</summary>
    public string? TruncateAfter { get; init; }

    /// <summary>Ids to remove.</summary>
    public IReadOnlyList<string> Removes { get; init; } = [];

    /// <summary>Inserts at the end or replaces in place, by id.</summary>
    public IReadOnlyList<StoredMessage> Puts { get; init; } = [];

    /// <summary>Replaces the runtime's own state: a JSON object. Null: kept.</summary>
    public string? State { get; init; }

    /// <summary>The <c>out</c> sequence of the last boundary covered. Null: kept.</summary>
    public long? LastOutSequence { get; init; }

    /// <summary>The <c>in</c> resume floor covered. Null: kept.</summary>
    public long? LastInSequence { get; init; }

    /// <summary>When it was made, Unix milliseconds.</summary>
    public long SavedAt { get; init; }
}

/// <summary>A stored transcript or a page of it.</summary>
/// <param name="Messages">Oldest first.</param>
/// <param name="NextBefore">The id to ask before for the page of older messages; null at the start of history.</param>
/// <param name="State">The runtime's own state, or null.</param>
/// <param name="LastOutSequence">The last boundary covered; -1 if none.</param>
/// <param name="LastInSequence">The resume floor covered; -1 if none.</param>
/// <param name="SavedAt">Unix milliseconds; 0 when nothing was ever saved.</param>
public sealed record StoredTranscript(
    IReadOnlyList<StoredMessage> Messages, string? NextBefore, string? State, long LastOutSequence, long LastInSequence, long SavedAt)
{
    /// <summary>Nothing was ever saved.</summary>
    public static readonly StoredTranscript Empty = new([], null, null, -1, -1, 0);
}
