using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Errors;

/// <summary>Endpoint metadata: where a route's failures differ from the rest.</summary>
internal sealed record RouteErrors
{
    /// <summary>Routes without metadata.</summary>
    public static readonly RouteErrors Default = new();

    /// <summary>Create: an expired session is a conflict too (wire document, section 4.2).</summary>
    public static readonly RouteErrors Create = new() { Expired = StatusCodes.Status409Conflict };

    /// <summary>Append: bodies say <c>"ok":false</c>, and a store that fails is a 500 that may be repeated (section 5.1).</summary>
    public static readonly RouteErrors Append = new() { SaysOk = true, StoreFails = StatusCodes.Status500InternalServerError };

    /// <summary>The worker's calls: a session that takes nothing any more makes them malformed (sections 11 and 12).</summary>
    public static readonly RouteErrors Worker = new() { Closed = StatusCodes.Status400BadRequest };

    /// <summary>The chat APIs of others: bodies hold the sentence alone, with <c>retryAfter</c> on a 429, and all that is ours to mend is a 500.</summary>
    public static readonly RouteErrors Flat = new() { IsFlat = true, StoreFails = StatusCodes.Status500InternalServerError };

    /// <summary>Whether the body holds nothing but the sentence.</summary>
    public bool IsFlat { get; init; }

    /// <summary>Whether the body has <c>"ok":false</c>.</summary>
    public bool SaysOk { get; init; }

    /// <summary>Status for a closed session.</summary>
    public int Closed { get; init; } = StatusCodes.Status409Conflict;

    /// <summary>Status for an expired session.</summary>
    public int Expired { get; init; } = StatusCodes.Status400BadRequest;

    /// <summary>Status for a store that cannot be used for now.</summary>
    public int StoreFails { get; init; } = StatusCodes.Status503ServiceUnavailable;
}
