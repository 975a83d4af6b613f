using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Errors;

/// <summary>Maps what goes wrong to what HTTP says, once for all routes. What is not expected keeps its text to itself.</summary>
internal static class SessionProblems
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    /// <summary>The problem for a failure; null if it is not an expected one.</summary>
    public static Problem? Expected(Exception exception, RouteErrors route) => exception switch
    {
        RequestRefusedException refused => refused.Problem,
        SessionException session => Of(session, route),
        StoreUnavailableException => StoreFails(route),
        BadHttpRequestException bad => new Problem(bad.StatusCode, bad.StatusCode switch
        {
            StatusCodes.Status408RequestTimeout => "The request came too slowly",
            StatusCodes.Status413PayloadTooLarge => "The body is too large",
            _ => "The request is malformed",
        }),
        _ => null,
    };

    /// <summary>The problem for a failure that nobody expected.</summary>
    public static Problem Unexpected { get; } = new(StatusCodes.Status500InternalServerError, "Something went wrong");

    /// <summary>The same in the words of the chat APIs of others.</summary>
    public static Problem UnexpectedFlat { get; } = new(StatusCodes.Status500InternalServerError, "Internal server error");

    private static Problem Of(SessionException exception, RouteErrors route) => exception.Code switch
    {
        SessionErrorCode.InvalidRequest => new Problem(StatusCodes.Status400BadRequest, exception.Message) { Code = "invalid_request" },
        SessionErrorCode.SessionNotFound => new Problem(StatusCodes.Status404NotFound, "Session not found"),
        SessionErrorCode.SessionClosed => new Problem(route.Closed, exception.Message)
        {
            Code = "session_closed",
            IsClosed = true,
            ClosedReason = exception.ClosedReason,
        },
        SessionErrorCode.SessionExpired => new Problem(route.Expired, exception.Message) { Code = "session_expired" },
        SessionErrorCode.RunNotFound => new Problem(StatusCodes.Status404NotFound, "Run not found"),
        SessionErrorCode.UnknownAgent => new Problem(StatusCodes.Status422UnprocessableEntity, exception.Message) { Code = "unknown_agent", Param = "taskIdentifier" },
        SessionErrorCode.ExternalIdImmutable => new Problem(StatusCodes.Status422UnprocessableEntity, exception.Message) { Param = "externalId" },
        SessionErrorCode.RecordTooLarge => new Problem(StatusCodes.Status413PayloadTooLarge, exception.Message) { Code = "too_large" },
        SessionErrorCode.RateLimited => new Problem(StatusCodes.Status429TooManyRequests, exception.Message)
        {
            Code = "rate_limited",
            RetryAfter = exception.RetryAfter ?? _soon,
        },
        SessionErrorCode.Overloaded => new Problem(StatusCodes.Status503ServiceUnavailable, exception.Message)
        {
            Code = "overloaded",
            RetryAfter = exception.RetryAfter ?? _soon,
        },
        SessionErrorCode.StoreUnavailable => StoreFails(route),
        SessionErrorCode.TailMoved => new Problem(StatusCodes.Status412PreconditionFailed, exception.Message) { Code = "tail_moved" },
        SessionErrorCode.Unauthenticated => new Problem(StatusCodes.Status401Unauthorized, exception.Message),
        SessionErrorCode.Forbidden => Refuse.Forbidden().Problem,
        SessionErrorCode.LegalHold => new Problem(StatusCodes.Status409Conflict, exception.Message) { Code = "legal_hold" },
        SessionErrorCode.StorageFull => new Problem(StatusCodes.Status422UnprocessableEntity, exception.Message) { Code = "storage_full" },
        _ => Unexpected,
    };

    private static Problem StoreFails(RouteErrors route) =>
        new(route.StoreFails, "The store cannot be used right now; try again") { Code = "store_unavailable", RetryAfter = _soon };
}
