using System.Text.Json;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Settings;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle;

/// <summary>The checks that come before all others, in their order: who calls, whether they may, and whether the body can be read.</summary>
internal sealed class PuffleGate(UserAuthenticator users, IOptions<PuffleOptions> options)
{
    /// <exception cref="RequestRefusedException">401, or 403 for a user without the right to run agents.</exception>
    public async ValueTask<GatewayUser> AdmitAsync(HttpContext context)
    {
        GatewayUser user = await users.AuthenticateAsync(context);
        return user.HasAgentApi
            ? user
            : throw new RequestRefusedException(new Problem(StatusCodes.Status403Forbidden, "Only administrators may use the agent API"));
    }

    /// <exception cref="RequestRefusedException">413, or 400 for anything but a JSON object.</exception>
    public async ValueTask<JsonElement> ReadBodyAsync(HttpContext context) =>
        StrictJson.ParseObject(await RequestBody.ReadAsync(context, options.Value.MaxBodyBytes));
}
