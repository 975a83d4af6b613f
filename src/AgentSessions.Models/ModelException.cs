using System.Text;

namespace AgentSessions.Models;

/// <summary>A call to a model failed. Retries, where they could help, are already spent.</summary>
/// <remarks>
/// <see cref="Exception.Message"/> and <see cref="Exception.ToString"/> hold the provider's name, the kind, the status and
/// the provider's code: never a key, and never text of the prompt or the answer, so they may be logged.
/// </remarks>
public sealed class ModelException : Exception
{
    internal ModelException(ModelErrorKind kind, string provider, string? hint = null, Exception? inner = null)
        : base(null, inner)
    {
        Kind = kind;
        Provider = provider;
        Hint = hint;
    }

    /// <summary>What went wrong.</summary>
    public ModelErrorKind Kind { get; }

    /// <summary>The configured name of the model, or the provider's name.</summary>
    public string Provider { get; }

    /// <summary>The HTTP status, when there was one.</summary>
    public int? Status { get; init; }

    /// <summary>The provider's own code, such as <c>insufficient_quota</c>: at most 64 letters, digits and <c>_ - . :</c>.</summary>
    public string? ProviderCode { get; init; }

    /// <summary>What the provider wrote, at most 1,000 characters, with the key cut out.</summary>
    /// <remarks>It may quote the prompt. It is for the developer who asks; do not log it or show it to users.</remarks>
    public string? ProviderMessage { get; init; }

    /// <summary>The provider's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>How long the provider asked to wait, as it asked (not capped).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether part of the answer was handed out before the failure; if so, it was not retried.</summary>
    public bool ContentDelivered { get; internal set; }

    /// <summary>How often the call was made, this failure included.</summary>
    public int Attempts { get; internal set; } = 1;

    /// <inheritdoc/>
    public override string Message
    {
        get
        {
            StringBuilder text = new($"{Provider}: {Describe(Kind)}");
            if (Status is not null || ProviderCode is not null)
            {
                text.Append(" (").AppendJoin(", ", new[] { Status?.ToString(), ProviderCode }.Where(part => part is not null)).Append(')');
            }

            return (Hint is null ? text.Append('.') : text.Append(": ").Append(Hint)).ToString();
        }
    }

    /// <summary>What is known beside the kind, for one line of a log: the status, the provider's code, a hint; else what the kind means.</summary>
    internal string Reason
    {
        get
        {
            string known = string.Join(
                ", ",
                new[] { Status is null ? null : $"status {Status}", ProviderCode is null ? null : $"code {ProviderCode}", Hint }.Where(static part => part is not null));
            return known.Length > 0 ? known : Describe(Kind);
        }
    }

    // Only ever our own words: nothing a provider, user or file wrote.
    private string? Hint { get; }

    private static string Describe(ModelErrorKind kind) => kind switch
    {
        ModelErrorKind.NotConfigured => "not configured",
        ModelErrorKind.Unauthorized => "the key is missing, refused or not allowed to use this model",
        ModelErrorKind.ModelNotFound => "no such model, deployment or path",
        ModelErrorKind.InvalidRequest => "the request was refused as invalid",
        ModelErrorKind.ContextTooLong => "the conversation does not fit the context window",
        ModelErrorKind.ContentFiltered => "the content filter refused the prompt",
        ModelErrorKind.RateLimited => "too many requests for now",
        ModelErrorKind.QuotaExceeded => "the account's quota is used up",
        ModelErrorKind.Unavailable => "unavailable",
        ModelErrorKind.TimedOut => "timed out",
        ModelErrorKind.Cut => "the answer broke off",
        ModelErrorKind.BadResponse => "the answer is not understood",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
