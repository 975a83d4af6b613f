namespace AgentSessions.Gateway.Users;

/// <summary>A person or program that calls the chat APIs with a token of its own.</summary>
/// <param name="Id">Stands in <c>metadata.userId</c> of the user's sessions; 1 to 128 characters. Never reuse an id for somebody else.</param>
/// <param name="Environment">Where the user's sessions live.</param>
public sealed record GatewayUser(string Id, string Environment)
{
    /// <summary>Whether the user administrates this server. Default false.</summary>
    public bool IsAdministrator { get; init; }

    /// <summary>Whether the user may run agents in the background, as administrators may. Default false.</summary>
    public bool HasAgentApi { get; init; }
}
