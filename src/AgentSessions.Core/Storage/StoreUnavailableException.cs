using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Storage;

/// <summary>The store could not read or write for now. Repeating later is safe.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the cause is that no room is left.</summary>
    public bool IsFull { get; init; }

    /// <summary>What callers of an engine are told: no word of the store's own.</summary>
    public SessionException AsSessionException() => new(SessionErrorCode.StoreUnavailable, "The store cannot be used right now; try again", this);
}
