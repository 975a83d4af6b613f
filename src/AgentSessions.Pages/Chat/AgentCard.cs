namespace AgentSessions.Pages.Chat;

/// <summary>How the chat page presents an agent. Register it as a service; agents without one are listed by their names.</summary>
/// <param name="Name">The agent's registered name.</param>
/// <param name="Description">One sentence.</param>
public sealed record AgentCard(string Name, string Description)
{
    /// <summary>First messages to offer, at most a handful.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];

    /// <summary>Whether it stands among the first, rather than under "more".</summary>
    public bool IsFeatured { get; init; }
}
