namespace AgentSessions.Client.Http;

/// <summary>The two endpoints of a chat that can be moved.</summary>
public enum ChatEndpoint
{
    /// <summary>Appending to <c>in</c>.</summary>
    In,

    /// <summary>Reading <c>out</c>.</summary>
    Out,
}

/// <summary>A request that a chat is about to make.</summary>
/// <param name="Endpoint">Where to.</param>
/// <param name="ChatId">The chat.</param>
public readonly record struct ChatRequest(ChatEndpoint Endpoint, string ChatId);
