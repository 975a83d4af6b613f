namespace AgentSessions.Protocol.Errors;

/// <summary>An expected failure of a session operation. Its message is safe to show.</summary>
public sealed class SessionException(SessionErrorCode code, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What went wrong.</summary>
    public SessionErrorCode Code { get; } = code;

    /// <summary>Why the session was closed, with <see cref="SessionErrorCode.SessionClosed"/>.</summary>
    public string? ClosedReason { get; init; }

    /// <summary>When to repeat, with <see cref="SessionErrorCode.RateLimited"/> and <see cref="SessionErrorCode.Overloaded"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the server said about repeating the call (<c>x-should-retry</c>); null when it said nothing.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>Whether the same call, with the same idempotency key, may succeed later.</summary>
    public bool IsTransient => ShouldRetry ?? Code is SessionErrorCode.RateLimited or SessionErrorCode.Overloaded
        or SessionErrorCode.StoreUnavailable or SessionErrorCode.ServerUnreachable;
}
