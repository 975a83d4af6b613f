namespace AgentSessions.Protocol.Errors;

/// <summary>What went wrong, in terms a caller can act on. The gateway maps each to a status once; the client maps it back.</summary>
public enum SessionErrorCode
{
    /// <summary>The request is malformed. Change it.</summary>
    InvalidRequest = 0,

    /// <summary>No such session. Start it.</summary>
    SessionNotFound = 1,

    /// <summary>The session was closed for good. Start another one.</summary>
    SessionClosed = 2,

    /// <summary>The session's time passed. Start another one.</summary>
    SessionExpired = 3,

    /// <summary>No such run.</summary>
    RunNotFound = 4,

    /// <summary>No agent is registered under that name.</summary>
    UnknownAgent = 5,

    /// <summary>A session's external id keys its streams and tokens and cannot change.</summary>
    ExternalIdImmutable = 6,

    /// <summary>The record is larger than a record may be (1 MiB as stored).</summary>
    RecordTooLarge = 7,

    /// <summary>Too many calls; repeat after the time given.</summary>
    RateLimited = 8,

    /// <summary>The server has as much to do as it takes; repeat later.</summary>
    Overloaded = 9,

    /// <summary>The store cannot be written for now; repeat with the same idempotency key.</summary>
    StoreUnavailable = 10,

    /// <summary>Another writer appended at the place named; read and try again.</summary>
    TailMoved = 11,

    /// <summary>The credential is missing or wrong.</summary>
    Unauthenticated = 12,

    /// <summary>The credential does not grant this.</summary>
    Forbidden = 13,

    /// <summary>The session is kept under a legal hold and cannot be deleted.</summary>
    LegalHold = 14,

    /// <summary>The server could not be reached, or its answer did not arrive; repeat with the same idempotency key. Only clients see this.</summary>
    ServerUnreachable = 15,

    /// <summary>Nothing came for as long as the caller was willing to wait; what was asked for may still happen. Only clients see this.</summary>
    TimedOut = 16,

    /// <summary>The environment keeps as many bytes as it may; repeating does not help until something was deleted or expired.</summary>
    StorageFull = 17,
}
