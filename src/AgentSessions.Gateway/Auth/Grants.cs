using System.Text.Json;

namespace AgentSessions.Gateway.Auth;

/// <summary>Leave to do one thing for a while, for callers without a credential of their own: signed addresses and sink tokens.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="Purpose">What for. A grant for one purpose is worth nothing for another.</param>
/// <param name="Subject">To what; the purpose knows its form.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
internal sealed record Grant(string Environment, string Purpose, string Subject, DateTimeOffset ExpiresAt);

/// <summary>Issues grants and checks them. They are signed with keys derived from the environment's secret key.</summary>
internal sealed class Grants(KeyRing keys, TimeProvider time)
{
    public string Issue(string environment, string purpose, string subject, TimeSpan lifetime)
    {
        using var buffer = new MemoryStream(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("env"u8, environment);
            json.WriteString("for"u8, subject);
            json.WriteNumber("exp"u8, (time.GetUtcNow() + lifetime).ToUnixTimeMilliseconds());
            json.WriteEndObject();
        }

        return keys.Seal(environment, purpose, buffer.ToArray());
    }

    /// <summary>The grant, or null if it was not issued here for this purpose or is over.</summary>
    public Grant? Open(string purpose, string text)
    {
        // The environment is read first because it says which key to check the signature with.
        if (Protocol.Tokens.CompactJwt.Peek(text) is not { } claimed || EnvironmentOf(claimed) is not { } environment
            || keys.Unseal(environment, purpose, text) is not { } payload)
        {
            return null;
        }

        JsonElement json = JsonElement.Parse(payload);
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("exp"u8).GetInt64());
        return expiresAt > time.GetUtcNow() ? new Grant(environment, purpose, json.GetProperty("for"u8).GetString()!, expiresAt) : null;
    }

    private static string? EnvironmentOf(byte[] payload)
    {
        try
        {
            JsonElement json = JsonElement.Parse(payload);
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("env"u8, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
