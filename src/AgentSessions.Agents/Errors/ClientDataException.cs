namespace AgentSessions.Agents;

/// <summary>The client data of a message is missing, has the wrong shape or breaks a validation rule.</summary>
public sealed class ClientDataException(string message, Exception? innerException = null) : AgentUserException(message, innerException);
