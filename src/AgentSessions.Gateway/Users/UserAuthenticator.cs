using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Users;

/// <summary>Finds out which user calls. The token comes in the <c>Authorization</c> header and nowhere else.</summary>
internal sealed class UserAuthenticator(IUserSource users)
{
    /// <summary>The user.</summary>
    /// <exception cref="RequestRefusedException">401: no token, or none that is known.</exception>
    public async ValueTask<GatewayUser> AuthenticateAsync(HttpContext context) =>
        (Authenticator.CredentialOf(context) is { } token ? await users.FindByTokenAsync(token, context.RequestAborted) : null)
            ?? throw Refuse.Unauthenticated();
}
