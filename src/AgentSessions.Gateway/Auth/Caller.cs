using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Gateway.Auth;

/// <summary>Who calls: an environment's secret key, or a public token of it.</summary>
internal sealed class Caller
{
    private readonly AccessScope[]? _scopes;

    private Caller(string environment, AccessScope[]? scopes, DateTimeOffset? expiresAt)
    {
        Environment = environment;
        _scopes = scopes;
        ExpiresAt = expiresAt;
    }

    public string Environment { get; }

    /// <summary>From when on a token is refused, and whatever was handed out for it; null for a secret key.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    public bool HasSecretKey => _scopes is null;

    /// <summary>Whether this is an operator: a secret key, or an administrator token, whose only scope word is <c>admin</c>.</summary>
    public bool IsOperator => _scopes is null || Array.IndexOf(_scopes, AccessScope.Administrator) >= 0;

    public static Caller WithSecretKey(string environment) => new(environment, scopes: null, expiresAt: null);

    public static Caller WithToken(SessionTokenClaims claims) => new(claims.Environment, [.. claims.Scopes.Select(AccessScope.Parse)], claims.ExpiresAt);

    /// <summary>Whether the caller may do this to a resource that goes by any of these ids; without ids, to all of the type.</summary>
    public bool May(string action, string type, params ReadOnlySpan<string> ids)
    {
        if (_scopes is null)
        {
            return true;
        }

        foreach (AccessScope scope in _scopes)
        {
            if (scope.Grants(action, type, ids))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the caller may do this to some resource of the type.</summary>
    public bool MayToSome(string action, string type) => _scopes is null || Array.Exists(_scopes, scope => scope.Covers(action, type));
}
