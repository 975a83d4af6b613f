using System.Security.Claims;
using System.Text.Json;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Runs;

/// <summary>Who a session belongs to: the <c>userId</c> of its metadata, which only the secret key can write.</summary>
public static class SessionUser
{
    /// <summary>The owner's id, or null.</summary>
    public static string? IdOf(SessionRow session)
    {
        if (session.Metadata is null)
        {
            return null;
        }

        JsonElement metadata = JsonElement.Parse(session.Metadata);
        return metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("userId", out JsonElement id) && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;
    }

    internal static ClaimsPrincipal? Of(SessionRow session) =>
        IdOf(session) is { } id
            ? new ClaimsPrincipal(new ClaimsIdentity([new System.Security.Claims.Claim(ClaimTypes.NameIdentifier, id)], "AgentSessions"))
            : null;
}
