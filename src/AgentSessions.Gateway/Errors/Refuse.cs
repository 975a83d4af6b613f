using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Errors;

/// <summary>The refusals that more than one route has.</summary>
internal static class Refuse
{
    public static RequestRefusedException BadRequest(string error, string? param = null) =>
        new(new Problem(StatusCodes.Status400BadRequest, error) { Code = "invalid_request", Param = param });

    public static RequestRefusedException TooLarge(string error) =>
        new(new Problem(StatusCodes.Status413PayloadTooLarge, error) { Code = "too_large" });

    /// <summary>No credential, or none that is known.</summary>
    public static RequestRefusedException Unauthenticated(string error = "Invalid or missing credential") =>
        new(new Problem(StatusCodes.Status401Unauthorized, error));

    /// <summary>A good credential that does not grant this; the wire document's own words (section 2.5).</summary>
    public static RequestRefusedException Forbidden() =>
        new(new Problem(StatusCodes.Status403Forbidden, "Unauthorized") { Code = "unauthorized", Param = "access_token", Type = "authorization" });

    /// <summary>An agent whose conversations the chat APIs of others cannot show: they are made of the engine's transcript, and it has none.</summary>
    public static RequestRefusedException OwnTranscripts(string agent) =>
        BadRequest($"The agent '{agent}' keeps its conversations in a store of its own, which this API cannot read");

    public static RequestRefusedException NotFound(string error) => new(new Problem(StatusCodes.Status404NotFound, error));
}
