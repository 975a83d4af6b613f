
namespace AgentSessions.Orleans.Messages;

/// <summary>The session's node is leaving; the same call reaches the session on another one. Nothing was done.</summary>
[GenerateSerializer, Alias("AgentSessions.SessionMoved")]
internal sealed class SessionMovedException() : OrleansException("The session moves to another node");
