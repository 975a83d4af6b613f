using AgentSessions.Client;
using AgentSessions.Core.Runs;

namespace AgentSessions.Core.Clients;

/// <summary>Chats with agents in the process that runs them.</summary>
public static class EngineAgentChats
{
    /// <summary>A factory whose chats talk to the engine directly. <see cref="AgentChatOptions.BaseUrl"/> and <see cref="AgentChatOptions.Handler"/> mean nothing here.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="environment">The environment that the chats are in.</param>
    /// <param name="settings">What all chats share; null for the defaults.</param>
    /// <param name="tokens">Mints session tokens; null for none.</param>
    public static IAgentChatFactory Create(
        ISessionEngine engine, string environment, AgentChatSettings? settings = null, ISessionTokens? tokens = null)
    {
        var connection = new EngineSessionConnection(engine, environment, tokens);
        return new AgentChatFactory(_ => connection, settings);
    }
}
