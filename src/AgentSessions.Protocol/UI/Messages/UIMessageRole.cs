namespace AgentSessions.Protocol.UI;

/// <summary>Who speaks in a <see cref="UIMessage"/>.</summary>
public enum UIMessageRole
{
    System,
    User,
    Assistant,
}
