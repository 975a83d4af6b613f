using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Auth;

/// <summary>Finds out who calls. The credential comes in the <c>Authorization</c> header and nowhere else.</summary>
internal sealed class Authenticator(KeyRing keys)
{
    private const string Scheme = "Bearer ";

    /// <summary>The caller.</summary>
    /// <exception cref="RequestRefusedException">401: no credential, or none that is known.</exception>
    public Caller Authenticate(HttpContext context)
    {
        if (CredentialOf(context) is not { } credential)
        {
            throw Refuse.Unauthenticated();
        }

        if (keys.EnvironmentOf(credential) is { } environment)
        {
            return Caller.WithSecretKey(environment);
        }

        return Caller.WithToken(keys.Verify(credential) ?? throw Refuse.Unauthenticated());
    }

    /// <summary>The caller, who must have a secret key.</summary>
    /// <exception cref="RequestRefusedException">401, or 403 for a public token.</exception>
    public Caller RequireSecretKey(HttpContext context)
    {
        Caller caller = Authenticate(context);
        return caller.HasSecretKey ? caller : throw Refuse.Forbidden();
    }

    /// <summary>The caller, who must have a secret key that opens what all environments share.</summary>
    /// <exception cref="RequestRefusedException">401, or 403 for another environment's key and any public token.</exception>
    public Caller RequireServerKey(HttpContext context)
    {
        Caller caller = RequireSecretKey(context);
        return keys.RunsServer(caller.Environment) ? caller : throw Refuse.Forbidden();
    }

    /// <summary>The caller, who must be an operator of the server itself: as of <see cref="RequireOperator"/>, in the environment that runs it.</summary>
    /// <exception cref="RequestRefusedException">401, or 403 for another environment's operators and any other token.</exception>
    public Caller RequireServerOperator(HttpContext context)
    {
        Caller caller = RequireOperator(context);
        return keys.RunsServer(caller.Environment) ? caller : throw Refuse.Forbidden();
    }

    /// <summary>The caller, who must be an operator: with a secret key or an administrator token.</summary>
    /// <exception cref="RequestRefusedException">401, or 403 for any other token.</exception>
    public Caller RequireOperator(HttpContext context)
    {
        Caller caller = Authenticate(context);
        return caller.IsOperator ? caller : throw Refuse.Forbidden();
    }

    /// <summary>The bearer credential of a request, or null.</summary>
    public static string? CredentialOf(HttpContext context)
    {
        // Two headers would let two readers see two callers.
        if (context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string credential = header[Scheme.Length..].Trim(' ');
        return credential.Length == 0 ? null : credential;
    }
}
