using System.Globalization;
using System.Net;
using System.Text.Json;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Client.Http;

/// <summary>What a call was about, where a status alone does not say what went wrong.</summary>
internal enum FailedCall
{
    Start,
    Append,
    Read,
    Run,
}

/// <summary>The mirror of the server's error bodies (wire document, sections 3 and 5.1): status and body to <see cref="SessionException"/>.</summary>
internal static class HttpErrors
{
    /// <summary>Whether an exception means that the answer did not arrive whole.</summary>
    public static bool IsBroken(Exception exception, CancellationToken callers) => exception switch
    {
        HttpRequestException or IOException or JsonException or InvalidDataException => true,
        OperationCanceledException => !callers.IsCancellationRequested,
        _ => false,
    };

    public static SessionException Unreachable(Exception exception) => new(
        SessionErrorCode.ServerUnreachable,
        exception is OperationCanceledException ? "The server did not answer in time" : $"The server's answer did not arrive: {exception.Message}",
        exception);

    public static SessionException Of(HttpResponseMessage response, byte[] body, FailedCall call, TimeProvider time)
    {
        (string? error, string? code, string? closedReason) = Read(body);
        int status = (int)response.StatusCode;
        return new SessionException(Code(response.StatusCode, code, call), error ?? $"The server answered {status} {response.ReasonPhrase}".TrimEnd())
        {
            ClosedReason = closedReason,
            RetryAfter = RetryAfter(response, time),
            ShouldRetry = Header(response, "x-should-retry") switch
            {
                "true" => true,
                "false" => false,
                _ => null,
            },
        };
    }

    private static SessionErrorCode Code(HttpStatusCode status, string? code, FailedCall call) => code switch
    {
        "session_closed" => SessionErrorCode.SessionClosed,
        "session_expired" => SessionErrorCode.SessionExpired,
        "unknown_agent" => SessionErrorCode.UnknownAgent,
        "legal_hold" => SessionErrorCode.LegalHold,
        "storage_full" => SessionErrorCode.StorageFull,
        "tail_moved" => SessionErrorCode.TailMoved,
        "overloaded" => SessionErrorCode.Overloaded,
        "store_unavailable" => SessionErrorCode.StoreUnavailable,
        "rate_limited" => SessionErrorCode.RateLimited,
        _ => Code(status, call),
    };

    private static SessionErrorCode Code(HttpStatusCode status, FailedCall call) => status switch
    {
        HttpStatusCode.Unauthorized => SessionErrorCode.Unauthenticated,
        HttpStatusCode.Forbidden => SessionErrorCode.Forbidden,
        HttpStatusCode.NotFound => call == FailedCall.Run ? SessionErrorCode.RunNotFound : SessionErrorCode.SessionNotFound,
        HttpStatusCode.Conflict when call is FailedCall.Start or FailedCall.Append => SessionErrorCode.SessionClosed,
        HttpStatusCode.PreconditionFailed => SessionErrorCode.TailMoved,
        HttpStatusCode.RequestEntityTooLarge => SessionErrorCode.RecordTooLarge,
        HttpStatusCode.UnprocessableEntity when call == FailedCall.Start => SessionErrorCode.UnknownAgent,
        HttpStatusCode.TooManyRequests => SessionErrorCode.RateLimited,
        HttpStatusCode.InternalServerError when call == FailedCall.Append => SessionErrorCode.StoreUnavailable,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => SessionErrorCode.ServerUnreachable,
        _ => SessionErrorCode.InvalidRequest,
    };

    /// <summary>A proxy's page is no JSON, and then there is only the status.</summary>
    private static (string? Error, string? Code, string? ClosedReason) Read(byte[] body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? (String(json.RootElement, "error"), String(json.RootElement, "code"), String(json.RootElement, "closedReason"))
                : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? String(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: TimeSpan delta } => delta,
            { Date: DateTimeOffset date } => date - time.GetUtcNow(),
            _ => long.TryParse(Header(response, "x-ratelimit-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out long reset)
                && reset < DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? DateTimeOffset.FromUnixTimeMilliseconds(reset) - time.GetUtcNow()
                : null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
}
