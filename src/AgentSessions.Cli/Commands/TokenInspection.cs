using System.CommandLine;
using System.Text;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Cli.Commands;

/// <summary><c>keys inspect</c>: what a token says, and whether the key at hand signed it.</summary>
internal static class TokenInspection
{
    public static Command Create(ServerOptions server, Terminal terminal, TimeProvider time)
    {
        Argument<string> file = new("file") { Description = "The file that holds the token; - for standard input", DefaultValueFactory = static _ => "-" };
        var command = new Command("inspect", "Shows what a token grants and until when; with a secret key also whether that key signed it") { file };
        command.SetAction(parsed =>
        {
            string token = Read(terminal, parsed.GetRequiredValue(file));
            SessionTokenClaims claims = Peek(token) ?? throw new CliException(ExitCode.Failed, "This is no public token");
            bool? isValid = server.KeyOf(parsed) is { } key
                ? SessionToken.Verify(token, claims.Environment, Encoding.UTF8.GetBytes(key), time.GetUtcNow()) is not null
                : null;
            if (parsed.GetValue(server.Json))
            {
                terminal.Out.WriteJson(json => Write(json, claims, token: null, isValid));
            }
            else
            {
                Show(terminal.Out, claims, isValid, time.GetUtcNow());
            }

            return isValid is false || claims.ExpiresAt <= time.GetUtcNow() ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Writes a token's claims.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="claims">What it says.</param>
    /// <param name="token">The token itself, where that is the answer.</param>
    /// <param name="isValid">Whether a key was at hand and signed it.</param>
    public static void Write(Utf8JsonWriter json, SessionTokenClaims claims, string? token, bool? isValid)
    {
        json.WriteStartObject();
        if (token is not null)
        {
            json.WriteString("token", token);
        }

        json.WriteString("environment", claims.Environment);
        json.WriteStartArray("scopes");
        foreach (string scope in claims.Scopes)
        {
            json.WriteStringValue(scope);
        }

        json.WriteEndArray();
        json.WriteString("issuedAt", claims.IssuedAt);
        json.WriteString("expiresAt", claims.ExpiresAt);
        if (isValid is bool valid)
        {
            json.WriteBoolean("valid", valid);
        }

        json.WriteEndObject();
    }

    private static void Show(TextWriter writer, SessionTokenClaims claims, bool? isValid, DateTimeOffset now)
    {
        writer.WriteLine($"environment  {PlainText.Safe(claims.Environment)}");
        foreach (string scope in claims.Scopes)
        {
            writer.WriteLine($"scope        {PlainText.Safe(scope)}");
        }

        writer.WriteLine($"issued       {claims.IssuedAt:u}");
        writer.WriteLine($"expires      {claims.ExpiresAt:u}{(claims.ExpiresAt <= now ? "  (expired)" : "")}");
        writer.WriteLine($"signature    {isValid switch { true => "good", false => "REFUSED: another key, expired, or changed", null => "not checked, no secret key at hand" }}");
    }

    private static string Read(Terminal terminal, string file)
    {
        try
        {
            return (file == "-" ? terminal.In.ReadToEnd() : File.ReadAllText(file)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"The token cannot be read: {exception.Message}");
        }
    }

    /// <summary>What a token says, unverified; null if it is none.</summary>
    private static SessionTokenClaims? Peek(string token)
    {
        try
        {
            if (CompactJwt.Peek(token) is not { } payload)
            {
                return null;
            }

            using JsonDocument json = JsonDocument.Parse(payload);
            JsonElement claims = json.RootElement;
            return claims.Text("sub") is { } environment && claims.Field("exp") is { ValueKind: JsonValueKind.Number } expiry
                ? new SessionTokenClaims(
                    environment,
                    [.. claims.Items("scopes").Select(static scope => scope.ToString())],
                    Moment(claims.Field("iat")),
                    Moment(expiry))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DateTimeOffset Moment(JsonElement? seconds) =>
        seconds is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value)
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(value, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()))
            : DateTimeOffset.UnixEpoch;
}
