using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Auth;

/// <summary>For pages and endpoints beside the APIs that only operators may see.</summary>
public static class SecretKeyRequests
{
    /// <summary>Whether a request carries the secret key of any environment as its bearer credential. Public tokens do not count.</summary>
    public static bool HasSecretKey(this HttpContext context) => EnvironmentOf(context) is not null;

    /// <summary>Whether that key also opens what all environments share, as <see cref="KeyRing.RunsServer"/> says.</summary>
    public static bool HasServerKey(this HttpContext context) =>
        EnvironmentOf(context) is { } environment && context.RequestServices.GetRequiredService<KeyRing>().RunsServer(environment);

    private static string? EnvironmentOf(HttpContext context) =>
        Authenticator.CredentialOf(context) is { } credential ? context.RequestServices.GetRequiredService<KeyRing>().EnvironmentOf(credential) : null;
}
