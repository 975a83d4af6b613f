namespace AgentSessions.Core.Storage;

/// <summary>The store could not read or write for now. Repeating later is safe.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the cause is that no room is left.</summary>
    public bool IsFull { get; init; }
}
