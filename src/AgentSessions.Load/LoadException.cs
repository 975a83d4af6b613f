namespace AgentSessions.Load;

/// <summary>A run could not be set up: the server is unreachable, refuses the key, or has no such agent.</summary>
public sealed class LoadException(string message, Exception? inner = null) : Exception(message, inner);
