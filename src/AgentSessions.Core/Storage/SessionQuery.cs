using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Storage;

/// <summary>Which sessions to list (wire document, section 4.6). Conditions are joined by and; each list by or; an empty list asks nothing.</summary>
public sealed record SessionQuery
{
    /// <summary>The environment. Null lists all, for operators.</summary>
    public required string? Environment { get; init; }

    /// <summary>Types.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Session tags, any of.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Agents.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    /// <summary>External ids.</summary>
    public IReadOnlyList<string> ExternalIds { get; init; } = [];

    /// <summary>States at <see cref="Now"/>.</summary>
    public IReadOnlyList<SessionStatus> Statuses { get; init; } = [];

    /// <summary>Made at or after.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Made at or before.</summary>
    public DateTimeOffset? CreatedTo { get; init; }

    /// <summary>Only sessions whose <c>metadata.userId</c> is this.</summary>
    public string? UserId { get; init; }

    /// <summary>When the states are judged.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Only sessions older than this place; an unknown id without a time gives an empty page.</summary>
    public SessionPlace? After { get; init; }

    /// <summary>The page just newer than this place; an unknown id without a time gives an empty page.</summary>
    public SessionPlace? Before { get; init; }

    /// <summary>Rows on a page, 1 to 100.</summary>
    public int Limit { get; init; } = 20;
}

/// <summary>A page of sessions, newest first; of two made in the same moment the one with the greater friendly id.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="HasOlder">Whether older ones follow.</param>
/// <param name="HasNewer">Whether newer ones come before.</param>
public sealed record SessionPage(IReadOnlyList<SessionRow> Rows, bool HasOlder, bool HasNewer)
{
    /// <summary>The <see cref="SessionQuery.After"/> of the next page; null if there is none.</summary>
    public SessionPlace? Next => HasOlder && Rows is [.., { } last] ? SessionPlace.Of(last) : null;

    /// <summary>The <see cref="SessionQuery.Before"/> of the page before; null if there is none.</summary>
    public SessionPlace? Previous => HasNewer && Rows is [{ } first, ..] ? SessionPlace.Of(first) : null;
}
