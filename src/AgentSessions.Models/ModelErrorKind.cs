namespace AgentSessions.Models;

/// <summary>What went wrong with a call to a model, by what the caller can do about it.</summary>
public enum ModelErrorKind
{
    /// <summary>No model is configured, or a setting is missing. The message says what to set.</summary>
    NotConfigured,

    /// <summary>The key is missing, refused, or not allowed to use the model (401, 403).</summary>
    Unauthorized,

    /// <summary>No such model, deployment or path at the endpoint (404).</summary>
    ModelNotFound,

    /// <summary>The provider refuses the request as it is (400, 422). Sending it again changes nothing.</summary>
    InvalidRequest,

    /// <summary>Conversation and answer do not fit the model's context window. Compact or shorten, then call again.</summary>
    ContextTooLong,

    /// <summary>The provider's content filter refused the prompt.</summary>
    ContentFiltered,

    /// <summary>Too many requests or tokens for now (429). <see cref="ModelException.RetryAfter"/> may say for how long.</summary>
    RateLimited,

    /// <summary>The account's credit or quota is used up (402, or 429 with such a code). Waiting does not help.</summary>
    QuotaExceeded,

    /// <summary>The provider cannot be reached, is overloaded or failed (408, 409, 5xx, network).</summary>
    Unavailable,

    /// <summary>Nothing came for longer than the configured time.</summary>
    TimedOut,

    /// <summary>The answer broke off in the middle.</summary>
    Cut,

    /// <summary>The answer is not what the protocol allows, or larger than the configured limits.</summary>
    BadResponse,
}
