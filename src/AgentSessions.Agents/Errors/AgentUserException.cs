namespace AgentSessions.Agents;

/// <summary>A failure whose message is meant for the user. It reaches clients as it is; every other exception's message never does.</summary>
public class AgentUserException(string message, Exception? innerException = null) : Exception(message, innerException);
