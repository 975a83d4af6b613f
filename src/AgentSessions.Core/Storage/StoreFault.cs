using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Storage;

/// <summary>Tells failures of the store, or of the way to it, from others.</summary>
public static class StoreFault
{
    /// <summary>Whether a failure says that the store cannot be used for now: the same call may work a moment later.</summary>
    public static bool Is(Exception exception) =>
        exception is StoreUnavailableException or SessionException { Code: SessionErrorCode.StoreUnavailable or SessionErrorCode.Overloaded };

    /// <summary>
    /// What a log line has of a failure beside its message: nothing where the store fails, which says itself how, since all that need it
    /// try again and again.
    /// </summary>
    public static Exception? TraceOf(Exception exception) => Is(exception) ? null : exception;
}
