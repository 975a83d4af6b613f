using System.Net.Http.Headers;
using System.Text.Json;

namespace AgentSessions.Models.Calls;

/// <summary>Makes the typed exception of every way in which a call can fail. The one place that decides kind and transience.</summary>
internal sealed class Failures(string provider, ModelKey key, TimeProvider time)
{
    private const int MessageCharacters = 1_000;
    private const int CodeCharacters = 64;

    public string Provider => provider;

    /// <summary>The provider answered with an error status.</summary>
    public ModelException FromStatus(int status, ProviderError error, HttpResponseHeaders? headers) =>
        Make(Classify(status, error), status, error, headers);

    /// <summary>The provider sent an error in the middle of a stream that began with 200.</summary>
    public ModelException FromStream(ProviderError error)
    {
        ModelErrorKind kind = Classify(error.Status ?? StatusOf(error.Code ?? error.Type), error);
        return Make(kind, error.Status, error, null);
    }

    public ModelException Network(Exception inner)
    {
        const string Unreachable = "the endpoint cannot be reached";
        string hint = NetworkReason.Of(inner) is { } reason ? $"{Unreachable}: {reason}" : Unreachable;
        return new ModelException(ModelErrorKind.Unavailable, provider, hint, inner) { IsTransient = true };
    }

    public ModelException Cut(Exception? inner = null) => new(ModelErrorKind.Cut, provider, inner: inner) { IsTransient = true };

    public ModelException BadResponse(string hint, int? status = null) => new(ModelErrorKind.BadResponse, provider, hint) { Status = status };

    public ModelException InvalidRequest(string hint) => new(ModelErrorKind.InvalidRequest, provider, hint);

    public ModelException NotConfigured(string hint, Exception? inner = null) => new(ModelErrorKind.NotConfigured, provider, hint, inner);

    /// <summary>The failure of an attempt whose time ran out; null for any other.</summary>
    public ModelException? TimedOut(CallTimer timer) => timer.Expired is var (what, limit)
        ? new(ModelErrorKind.TimedOut, provider, $"{what} within {limit.TotalSeconds:0.###} s") { IsTransient = true }
        : null;

    /// <summary>The failure behind an exception of an attempt; null for one to leave as it is, such as the caller's cancellation.</summary>
    public ModelException? Translate(Exception exception, CallTimer timer) => exception switch
    {
        ModelException => null,
        _ when TimedOut(timer) is { } late => late,
        // A cancellation that neither the caller nor the timer asked for is the connect time-out.
        OperationCanceledException => timer.CallerCancelled ? null : Network(exception),
        HttpRequestException => Network(exception),
        IOException => Cut(exception),
        JsonException => BadResponse("not JSON"),
        _ => null,
    };

    /// <summary>The key, or null when the provider wants none.</summary>
    public string? ReadKey()
    {
        try
        {
            return key.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotConfigured("the key's file cannot be read", e);
        }
    }

    private ModelException Make(ModelErrorKind kind, int? status, ProviderError error, HttpResponseHeaders? headers) => new(kind, provider)
    {
        Status = status,
        ProviderCode = SafeCode(error.Code ?? error.Type),
        ProviderMessage = SafeMessage(error.Message),
        RequestId = SafeCode(First(headers, "x-request-id") ?? First(headers, "request-id") ?? First(headers, "apim-request-id")),
        RetryAfter = RetryAfterHeader.Read(headers, time.GetUtcNow()),
        IsTransient = kind is ModelErrorKind.RateLimited or ModelErrorKind.Unavailable && status is not 501,
    };

    private static ModelErrorKind Classify(int? status, ProviderError error)
    {
        if (FailureWords.IsQuota(error))
        {
            return ModelErrorKind.QuotaExceeded;
        }

        if (status is null or 400 or 413 or 422 && FailureWords.IsContext(error))
        {
            return ModelErrorKind.ContextTooLong;
        }

        if (status is null or 400 or 403 or 422 && FailureWords.IsFilter(error))
        {
            return ModelErrorKind.ContentFiltered;
        }

        return status switch
        {
            401 or 403 or 407 => ModelErrorKind.Unauthorized,
            402 => ModelErrorKind.QuotaExceeded,
            404 => ModelErrorKind.ModelNotFound,
            408 or 409 or >= 500 => ModelErrorKind.Unavailable,
            413 => ModelErrorKind.ContextTooLong,
            429 => ModelErrorKind.RateLimited,
            >= 400 => ModelErrorKind.InvalidRequest,
            // Redirects are not followed: they would carry the key elsewhere.
            not null => ModelErrorKind.BadResponse,
            null => ModelErrorKind.Unavailable,
        };
    }

    // What the words in a stream's error would have been as a status.
    private static int? StatusOf(string? word) => word switch
    {
        "authentication_error" or "invalid_api_key" => 401,
        "permission_error" => 403,
        "not_found_error" or "model_not_found" => 404,
        "invalid_request_error" or "BadRequestError" => 400,
        "rate_limit_error" or "rate_limit_exceeded" or "RateLimitError" => 429,
        _ => null,
    };

    private string? SafeMessage(string? message) => message is null ? null : key.Redact(message.Length > MessageCharacters ? message[..MessageCharacters] : message);

    // A code that is not code-like might be prose that quotes the prompt, and one that holds the key is worse.
    private string? SafeCode(string? code) =>
        code is { Length: > 0 and <= CodeCharacters } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':') && key.Redact(code) == code
            ? code
            : null;

    private static string? First(HttpResponseHeaders? headers, string name) =>
        headers is not null && headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static class FailureWords
    {
        public static bool IsQuota(ProviderError e) =>
            e.Code is "insufficient_quota" or "billing_hard_limit_reached" or "credit_balance_too_low" || e.Type is "insufficient_quota" or "billing_error"
            || Says(e, "credit balance is too low");

        public static bool IsContext(ProviderError e) =>
            e.Code is "context_length_exceeded" or "model_context_window_exceeded" || e.Type is "exceed_context_size_error"
            || Says(e, "maximum context length") || Says(e, "context window") || Says(e, "context size") || Says(e, "context length") || Says(e, "prompt is too long");

        public static bool IsFilter(ProviderError e) =>
            e.Code is "content_filter" or "content_policy_violation" or "ResponsibleAIPolicyViolation" || e.Type is "content_filter";

        // Local servers and Anthropic tell these cases only in prose.
        private static bool Says(ProviderError e, string words) => e.Message?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
    }
}
