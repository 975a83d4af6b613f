namespace AgentSessions.Agents;

/// <summary>An agent that answers a conversation, turn by turn.</summary>
/// <inheritdoc cref="ChatAgentBase{TBoot, TRecovery, TTurn, TCompleted, TAction}" path="/remarks"/>
public abstract class ChatAgent : ChatAgentBase<BootContext, RecoveryContext, TurnContext, TurnCompleted, ActionContext>
{
    private protected sealed override AgentContexts Contexts => AgentContexts.Untyped;
}

/// <summary>An agent whose clients send data of a type with their messages.</summary>
/// <remarks>
/// The data are deserialised with <see cref="AgentOptions.Json"/> and checked against their DataAnnotations; a message with bad data fails its
/// turn and is not answered.
/// </remarks>
/// <typeparam name="TClientData">The client data, usually a record.</typeparam>
public abstract class ChatAgent<TClientData> : ChatAgentBase<BootContext<TClientData>, RecoveryContext<TClientData>, TurnContext<TClientData>,
    TurnCompleted<TClientData>, ActionContext<TClientData>>
{
    private protected sealed override AgentContexts Contexts => AgentContexts<TClientData>.Typed;
}
