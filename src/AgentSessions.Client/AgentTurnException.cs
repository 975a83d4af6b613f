namespace AgentSessions.Client;

/// <summary>The agent's turn failed. The chat goes on: send again.</summary>
public sealed class AgentTurnException(string errorText, AgentChatResult result) : Exception(errorText)
{
    /// <summary>What the turn had said by then.</summary>
    public AgentChatResult Result { get; } = result;
}
