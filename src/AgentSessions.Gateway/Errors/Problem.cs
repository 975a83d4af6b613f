namespace AgentSessions.Gateway.Errors;

/// <summary>A failure as HTTP says it (wire document, section 3).</summary>
/// <param name="Status">The status, 400 or more.</param>
/// <param name="Error">A sentence that is safe to show.</param>
internal sealed record Problem(int Status, string Error)
{
    /// <summary>A word for programs, such as <c>session_closed</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The field or header that is wrong.</summary>
    public string? Param { get; init; }

    /// <summary>The kind of failure, such as <c>authorization</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Whether <see cref="ClosedReason"/> is written, null included.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Why the session was closed.</summary>
    public string? ClosedReason { get; init; }

    /// <summary>When to repeat.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
