using System.Security.Cryptography;
using System.Text;
using AgentSessions.Protocol.Tokens;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Auth;

/// <summary>All secret keys of all environments: finds whose a credential is, signs and verifies.</summary>
public sealed class KeyRing
{
    private readonly AcceptedKey[] _keys;
    private readonly TimeProvider _time;

    /// <summary>Reads the configured keys.</summary>
    public KeyRing(IOptions<EnvironmentsOptions> options, TimeProvider time)
    {
        _keys = [.. SecretKeyReader.Read(options.Value, [])];
        _time = time;
        Environments = [.. _keys.Select(static key => key.Environment).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Ids of all environments, in ordinal order.</summary>
    public IReadOnlyList<string> Environments { get; }

    /// <summary>Whether the operators of an environment also run the server, and so may do and see what concerns all environments.</summary>
    /// <remarks>Of several environments only <c>default</c>, whose key is the server's own; without it nobody. One that is alone concerns nobody else.</remarks>
    public bool RunsServer(string environment) => environment == EnvironmentsOptions.DefaultEnvironment || Environments is [_];

    /// <summary>The environment that a secret key opens, or null.</summary>
    /// <param name="credential">The text to look up. Every key is compared, so time tells nothing.</param>
    public string? EnvironmentOf(string credential)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(credential), hash);
        AcceptedKey? found = null;
        foreach (AcceptedKey key in _keys)
        {
            if (key.HasHash(hash))
            {
                found = key;
            }
        }

        return found is not null && found.IsAcceptedAt(_time.GetUtcNow()) ? found.Environment : null;
    }

    /// <summary>Verifies a public access token against the keys of the environment it names.</summary>
    public SessionTokenClaims? Verify(string token)
    {
        if (SessionToken.ClaimedEnvironment(token) is not { } environment)
        {
            return null;
        }

        DateTimeOffset now = _time.GetUtcNow();
        foreach (AcceptedKey key in _keys)
        {
            if (key.Environment == environment && key.IsAcceptedAt(now)
                && SessionToken.Verify(token, environment, key.Bytes, now) is { } claims)
            {
                return claims;
            }
        }

        return null;
    }

    /// <summary>Signs a public access token with the environment's current key.</summary>
    public string Sign(SessionTokenClaims claims) => SessionToken.Sign(claims, CurrentKey(claims.Environment));

    /// <summary>Signs a payload for a purpose of our own; a signature for one purpose is worth nothing for another.</summary>
    internal string Seal(string environment, string purpose, ReadOnlySpan<byte> payload) =>
        CompactJwt.Sign(payload, Derive(CurrentKey(environment), purpose));

    /// <summary>Opens what <see cref="Seal"/> signed, with any accepted key of the environment; null if nothing fits.</summary>
    internal byte[]? Unseal(string environment, string purpose, string text)
    {
        DateTimeOffset now = _time.GetUtcNow();
        foreach (AcceptedKey key in _keys)
        {
            if (key.Environment == environment && key.IsAcceptedAt(now) && CompactJwt.Open(text, Derive(key.Bytes, purpose)) is { } payload)
            {
                return payload;
            }
        }

        return null;
    }

    private byte[] CurrentKey(string environment) =>
        (_keys.FirstOrDefault(key => key.Environment == environment && key.Until is null)
            ?? throw new InvalidOperationException($"There is no environment {environment}")).Bytes;

    private static byte[] Derive(byte[] key, string purpose) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"agent-sessions {purpose}"));
}
