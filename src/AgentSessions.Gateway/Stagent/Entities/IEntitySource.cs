using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Entities;

/// <summary>Things of the application that messages can mention. Register as many as you like; each speaks for one type.</summary>
public interface IEntitySource
{
    /// <summary>One of <c>project</c>, <c>task</c>, <c>workflow</c>, <c>document</c>, <c>schedule</c>, <c>table</c>, <c>profile</c>.</summary>
    string EntityType { get; }

    /// <summary>Those a user may see whose name contains a text, without regard to case; the newest first.</summary>
    /// <param name="user">The user.</param>
    /// <param name="text">What to find, every character as it is; empty for all.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<ChatEntity>> SearchAsync(GatewayUser user, string text, int limit, CancellationToken cancellationToken);

    /// <summary>One that the user may see, or null.</summary>
    ValueTask<ChatEntity?> FindAsync(GatewayUser user, string id, CancellationToken cancellationToken);
}

/// <summary>Something that messages can mention.</summary>
/// <param name="Id">Its id within its type.</param>
/// <param name="Label">What users read.</param>
public sealed record ChatEntity(string Id, string Label)
{
    /// <summary>A word such as <c>running</c>; null for none.</summary>
    public string? Status { get; init; }

    /// <summary>One line about it, shown up to 120 characters; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>A path within the application that shows it; null for none.</summary>
    public string? Href { get; init; }

    /// <summary>What an agent is told when a message mentions it; null for label, status and description.</summary>
    public string? Details { get; init; }
}
