using System.Text.Json;

namespace AgentSessions.Protocol.Tokens;

/// <summary>What a public access token says once it is verified (wire document, section 2.2).</summary>
/// <param name="Environment">The environment's id (<c>sub</c>).</param>
/// <param name="Scopes">What it grants, as <c>action:type[:id]</c>; empty when the token names none.</param>
/// <param name="IssuedAt">When it was signed.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
public sealed record SessionTokenClaims(string Environment, IReadOnlyList<string> Scopes, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>Signs and verifies public access tokens. Whoever holds an environment's secret key can sign one.</summary>
public static class SessionToken
{
    /// <summary>The constant <c>iss</c>.</summary>
    public const string Issuer = "https://id.trigger.dev";

    /// <summary>The constant <c>aud</c>. It does not name the host that is called.</summary>
    public const string Audience = "https://api.trigger.dev";

    // How far a signer's clock may be ahead of ours before "not yet valid" is believed.
    private static readonly TimeSpan _skew = TimeSpan.FromSeconds(60);

    /// <summary>Signs a token.</summary>
    /// <param name="claims">What it says; times are cut to whole seconds.</param>
    /// <param name="key">The UTF-8 bytes of the environment's secret key.</param>
    public static string Sign(SessionTokenClaims claims, ReadOnlySpan<byte> key)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sub"u8, claims.Environment);
            json.WriteBoolean("pub"u8, true);
            if (claims.Scopes.Count > 0)
            {
                json.WriteStartArray("scopes"u8);
                foreach (string scope in claims.Scopes)
                {
                    json.WriteStringValue(scope);
                }

                json.WriteEndArray();
            }

            json.WriteString("iss"u8, Issuer);
            json.WriteString("aud"u8, Audience);
            json.WriteNumber("exp"u8, claims.ExpiresAt.ToUnixTimeSeconds());
            json.WriteNumber("iat"u8, claims.IssuedAt.ToUnixTimeSeconds());
            json.WriteEndObject();
        }

        return CompactJwt.Sign(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), key);
    }

    /// <summary>The environment that a token claims to be of, unverified: it only says whose key to verify with.</summary>
    public static string? ClaimedEnvironment(string token)
    {
        if (CompactJwt.Peek(token) is not { } payload || TokenJson.Parse(payload) is not { } document)
        {
            return null;
        }

        using (document)
        {
            return TokenJson.String(document.RootElement, "sub");
        }
    }

    /// <summary>Verifies signature, algorithm, issuer, audience, environment, <c>pub</c> and times.</summary>
    /// <param name="token">The compact token.</param>
    /// <param name="environment">The environment whose key this is.</param>
    /// <param name="key">The UTF-8 bytes of that environment's secret key.</param>
    /// <param name="now">The time to judge expiry at.</param>
    /// <returns>Null if anything is wrong; it does not matter what.</returns>
    public static SessionTokenClaims? Verify(string token, string environment, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        if (CompactJwt.Open(token, key) is not { } payload || TokenJson.Parse(payload) is not { } document)
        {
            return null;
        }

        using (document)
        {
            return Read(document.RootElement, environment, now);
        }
    }

    private static SessionTokenClaims? Read(JsonElement claims, string environment, DateTimeOffset now)
    {
        if (TokenJson.String(claims, "iss") != Issuer
            || !HasAudience(claims)
            || TokenJson.String(claims, "sub") != environment
            || !claims.TryGetProperty("pub", out JsonElement isPublic) || isPublic.ValueKind != JsonValueKind.True
            || !TryTime(claims, "exp", out DateTimeOffset? expiresAt) || expiresAt is null || expiresAt <= now
            || !TryTime(claims, "nbf", out DateTimeOffset? notBefore) || notBefore - _skew > now
            || !TryTime(claims, "iat", out DateTimeOffset? issuedAt)
            || Scopes(claims) is not { } scopes)
        {
            return null;
        }

        return new SessionTokenClaims(environment, scopes, issuedAt ?? DateTimeOffset.UnixEpoch, expiresAt.Value);
    }

    private static bool HasAudience(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out JsonElement audience))
        {
            return false;
        }

        return audience.ValueKind == JsonValueKind.Array
            ? audience.EnumerateArray().Any(static one => TokenJson.String(one) == Audience)
            : TokenJson.String(audience) == Audience;
    }

    /// <summary>Reads a time in Unix seconds. Absent is fine here and null; present and odd is not.</summary>
    private static bool TryTime(JsonElement claims, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(name, out JsonElement value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double seconds) || !double.IsFinite(seconds) || seconds < 0)
        {
            return false;
        }

        time = seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : DateTimeOffset.MaxValue;
        return true;
    }

    /// <summary>The scopes; empty when absent, null when they are not a list of strings.</summary>
    private static List<string>? Scopes(JsonElement claims)
    {
        var scopes = new List<string>();
        if (!claims.TryGetProperty("scopes", out JsonElement list))
        {
            return scopes;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (JsonElement element in list.EnumerateArray())
        {
            if (TokenJson.String(element) is not { } scope)
            {
                return null;
            }

            scopes.Add(scope);
        }

        return scopes;
    }
}
