using System.CommandLine;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Commands;

/// <summary><c>sessions</c>: list, show, transcript, close, delete.</summary>
internal static class SessionsCommand
{
    public static Command Create(ServerOptions server, Terminal terminal) => new("sessions", "Lists, shows, closes and deletes sessions")
    {
        SessionList.Create(server, terminal),
        Show(server, terminal),
        Transcript(server, terminal),
        Close(server, terminal),
        Delete(server, terminal),
    };

    private static Argument<string> Session() => new("session") { Description = "The chat's id, or the server's (session_…)" };

    private static string Path(string session) => $"api/v1/sessions/{ServerApi.Segment(session)}";

    private static Command Show(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = Session();
        return new Command("show", "Shows one session") { session }.Calls(server, terminal, async (api, parsed, cancellationToken) =>
        {
            JsonElement row = await api.GetAsync(Path(parsed.GetRequiredValue(session)), cancellationToken);
            Fields.Write(terminal.Out, row, parsed.GetValue(server.Json));
        });
    }

    private static Command Transcript(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = Session();
        Option<int> limit = CountOption.Create("How many of the newest messages", standard: 100, most: 1000);
        return new Command("transcript", "Prints what was said") { session, limit }.Calls(server, terminal, async (api, parsed, cancellationToken) =>
        {
            JsonElement page = await api
                .GetAsync($"{Path(parsed.GetRequiredValue(session))}/transcript?limit={parsed.GetValue(limit)}", cancellationToken);
            foreach (JsonElement message in page.Items("messages"))
            {
                if (parsed.GetValue(server.Json))
                {
                    terminal.Out.WriteJson(message);
                }
                else
                {
                    terminal.Out.WriteLine($"{message.Text("role")}: {PlainText.Safe(message.Deserialize<UIMessage>(UIJson.Options)!.Text)}");
                }
            }
        });
    }

    private static Command Close(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = Session();
        Option<string> reason = new("--reason") { Description = "Why, for its clients; at most 256 characters" };
        return new Command("close", "Closes a session for good; its transcript stays readable") { session, reason }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string body = parsed.GetValue(reason) is { } text ? JsonSerializer.Serialize(new Dictionary<string, string> { ["reason"] = text }) : "{}";
                JsonElement row = await api
                    .PostAsync($"{Path(parsed.GetRequiredValue(session))}/close", body, cancellationToken);
                Fields.WriteDone(terminal.Out, row, parsed.GetValue(server.Json), "closed");
            });
    }

    private static Command Delete(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = Session();
        Option<bool> yes = new("--yes") { Description = "Do not ask" };
        return new Command("delete", "Deletes a session with everything it holds") { session, yes }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string id = parsed.GetRequiredValue(session);
                if (!parsed.GetValue(yes) && !await TerminalQuestion.ConfirmAsync(terminal, $"Delete {id} for good?", cancellationToken))
                {
                    throw new CliException(ExitCode.Usage, "Nothing was deleted; --yes deletes without asking");
                }

                JsonElement answer = await api.DeleteAsync(Path(id), cancellationToken);
                Fields.WriteDone(terminal.Out, answer, parsed.GetValue(server.Json), "deleted");
            });
    }
}
