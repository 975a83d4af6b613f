using System.Text.Json;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Tokens;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Tokens;

/// <summary>What a customer's server asks for to make public tokens (wire document, sections 2.3 and 2.4). Only a secret key is a credential here.</summary>
internal sealed class TokenEndpoints(Authenticator authenticator, KeyRing keys, TimeProvider time)
{
    private const int MaxBodyBytes = 32 * 1024;
    private const int MaxScopes = 100;
    private const int MaxScopeLength = 1024;

    private static readonly TimeSpan _defaultLifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _maxLifetime = TimeSpan.FromDays(30);

    /// <summary>The claims that a token signed by the customer has to carry.</summary>
    public Task ClaimsAsync(HttpContext context)
    {
        string environment = RequireSecretKey(context).Environment;
        return JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, environment, static (json, id) =>
        {
            json.WriteStartObject();
            json.WriteString("sub"u8, id);
            json.WriteBoolean("pub"u8, true);
            json.WriteEndObject();
        });
    }

    /// <summary>Signs a token for a customer whose key cannot.</summary>
    public async Task MintAsync(HttpContext context)
    {
        Caller caller = RequireSecretKey(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)));
        IReadOnlyList<string> scopes = body.Texts("scopes", MaxScopes, MaxScopeLength) is { Count: > 0 } some && some.TrueForAll(static scope => scope.Length > 0)
            ? some
            : throw body.Wrong("scopes", "must hold at least one scope");
        CheckIgnored(body);
        DateTimeOffset now = time.GetUtcNow();
        string token = keys.Sign(new SessionTokenClaims(caller.Environment, scopes, now, ExpiryOf(body, now)));
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, token, static (json, text) =>
        {
            json.WriteStartObject();
            json.WriteString("token"u8, text);
            json.WriteEndObject();
        });
    }

    private Caller RequireSecretKey(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        return caller.HasSecretKey ? caller : throw Refuse.Unauthenticated("A secret key is needed here");
    }

    private static DateTimeOffset ExpiryOf(BodyFields body, DateTimeOffset now)
    {
        const string name = "expirationTime";
        DateTimeOffset? expiry = body.Any(name) switch
        {
            null => now + _defaultLifetime,
            { ValueKind: JsonValueKind.Number } => body.Whole(name, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()) is long seconds
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null,
            _ => TokenLifetime.Parse(body.RequiredText(name, 1, 64)) is { } lifetime && lifetime <= _maxLifetime ? now + lifetime : null,
        };
        return expiry > now && expiry <= now + _maxLifetime
            ? expiry.Value
            : throw body.Wrong(name, $"must be a time or duration within {_maxLifetime.TotalDays} days");
    }

    /// <summary>Options of the official client that mean nothing for sessions still have to have their form.</summary>
    private static void CheckIgnored(BodyFields body)
    {
        if (body.Any("oneTimeUse") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            throw body.Wrong("oneTimeUse", "must be true or false");
        }

        if (body.Object("realtime") is { } realtime)
        {
            new BodyFields(realtime, "realtime.").Texts("skipColumns", maxCount: 100, maxLength: 128);
        }
    }
}
