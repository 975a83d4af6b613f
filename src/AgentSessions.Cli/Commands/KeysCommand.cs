using System.CommandLine;
using System.Text;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Cli.Commands;

/// <summary><c>keys</c>: public tokens, signed and looked into on this machine.</summary>
internal static class KeysCommand
{
    private static readonly TimeSpan _maxLifetime = TimeSpan.FromDays(30);

    public static Command Create(ServerOptions server, Terminal terminal, TimeProvider time) => new("keys", "Signs public tokens and looks into them")
    {
        Sign(server, terminal, time),
        TokenInspection.Create(server, terminal, time),
    };

    private static Command Sign(ServerOptions server, Terminal terminal, TimeProvider time)
    {
        Option<string[]> sessions = new("--session") { Description = "A chat that the token reads and writes; may be repeated" };
        Option<bool> readOnly = new("--read-only") { Description = "Only read the chats" };
        Option<string[]> scopes = new("--scope") { Description = "A further scope, as action:type:id; may be repeated" };
        Option<string> expires = new("--expires")
        {
            Description = "How long it is good for, such as 15m, 1h or 30d (the most)",
            DefaultValueFactory = static _ => "15m",
        };
        Option<string> environment = new("--environment") { Description = "The environment's id. Default: asked of the server, the only call this makes" };
        var command = new Command("create", "Signs a token with the secret key and prints it") { sessions, readOnly, scopes, expires, environment };
        command.SetAction(async (parsed, _) =>
        {
            ServerAddress address = server.Of(parsed);
            string[] granted = Granted(parsed.GetValue(sessions) ?? [], parsed.GetValue(readOnly), parsed.GetValue(scopes) ?? []);
            TimeSpan lifetime = Lifetime(parsed.GetRequiredValue(expires));
            using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
            string of = parsed.GetValue(environment) ?? await EnvironmentAsync(address, interrupted.Token);
            DateTimeOffset now = time.GetUtcNow();
            var claims = new SessionTokenClaims(of, granted, now, now + lifetime);
            string token = SessionToken.Sign(claims, Encoding.UTF8.GetBytes(address.SecretKey));
            if (parsed.GetValue(server.Json))
            {
                terminal.Out.WriteJson(json => TokenInspection.Write(json, claims, token, isValid: null));
            }
            else
            {
                terminal.Out.WriteLine(token);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static string[] Granted(string[] sessions, bool readOnly, string[] scopes)
    {
        string[] granted =
        [
            .. scopes,
            .. sessions.SelectMany(session => readOnly ? new[] { SessionScopes.Read(session) } : [SessionScopes.Read(session), SessionScopes.Write(session)]),
        ];
        return granted.Length > 0 ? granted : throw new CliException(ExitCode.Usage, "A token needs at least one --session or --scope");
    }

    private static TimeSpan Lifetime(string text)
    {
        TimeSpan lifetime = DurationText.Parse(text);
        return lifetime > TimeSpan.Zero && lifetime <= _maxLifetime
            ? lifetime
            : throw new CliException(ExitCode.Usage, "--expires must be more than nothing and at most 30d");
    }

    private static async Task<string> EnvironmentAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        using var api = new ServerApi(address);
        JsonElement claims = await api.PostAsync("api/v1/auth/jwt/claims", "{}", cancellationToken);
        return claims.Text("sub") ?? throw new CliException(ExitCode.Failed, "The server did not say what the environment is");
    }
}
