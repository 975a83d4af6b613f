using AgentSessions.Client.Connections;

namespace AgentSessions.Client;

/// <summary>A chat whose client data has the type the agent declares.</summary>
/// <typeparam name="TClientData">That type.</typeparam>
public sealed class AgentChat<TClientData> : AgentChat
{
    internal AgentChat(AgentChatOptions<TClientData> options, ISessionConnection connection, AgentChatSettings settings)
        : base(options, connection, settings)
    {
    }

    /// <inheritdoc cref="AgentChat.ClientData"/>
    public new TClientData? ClientData
    {
        get => base.ClientData is TClientData data ? data : default;
        set => base.ClientData = value;
    }
}
