namespace AgentSessions.Client;

/// <summary>Makes chats with agents: over HTTP, or in the process that runs them.</summary>
public interface IAgentChatFactory
{
    /// <summary>A chat. Nothing is sent until it is used. Dispose it to detach; that stops no turn.</summary>
    AgentChat Create(AgentChatOptions options);

    /// <summary>A chat whose client data has the type the agent declares.</summary>
    AgentChat<TClientData> Create<TClientData>(AgentChatOptions<TClientData> options);
}
