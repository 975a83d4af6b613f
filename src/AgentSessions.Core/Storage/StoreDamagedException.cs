namespace AgentSessions.Core.Storage;

/// <summary>Stored bytes fail their checksum or contradict each other. An operator has to look; repeating does not help.</summary>
public sealed class StoreDamagedException(string message, Exception? innerException = null) : Exception(message, innerException);
