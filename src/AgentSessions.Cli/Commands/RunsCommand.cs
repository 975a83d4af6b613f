using System.CommandLine;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary><c>runs</c>: the audit trail of a session's runs, one run, cancelling one.</summary>
internal static class RunsCommand
{
    public static Command Create(ServerOptions server, Terminal terminal) => new("runs", "Lists, shows and cancels runs")
    {
        List(server, terminal),
        Show(server, terminal),
        Cancel(server, terminal),
    };

    private static Command List(ServerOptions server, Terminal terminal)
    {
        Argument<string> session = new("session") { Description = "The chat's id, or the server's (session_…)" };
        Option<int> limit = CountOption.Create("How many at most", standard: 20, most: 1000);
        return new Command("list", "Lists a session's runs, the newest first: why each began and ended") { session, limit }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                string path = $"api/v1/sessions/{ServerApi.Segment(parsed.GetRequiredValue(session))}/runs?limit={parsed.GetValue(limit)}";
                JsonElement answer = await api.GetAsync(path, cancellationToken);
                JsonElement[] runs = [.. answer.Items("data")];
                if (parsed.GetValue(server.Json))
                {
                    Array.ForEach(runs, terminal.Out.WriteJson);
                    return;
                }

                var table = new TextTable("RUN", "STATUS", "BEGAN", "REASON", "ENDED", "END", "ERROR");
                foreach (JsonElement run in runs)
                {
                    table.Add(
                        run.Text("id"), run.Text("status"), run.LocalTime("createdAt"), run.Text("reason"),
                        run.LocalTime("finishedAt"), run.Text("endReason"), run.Text("error"));
                }

                table.WriteTo(terminal.Out);
            });
    }

    private static Command Show(ServerOptions server, Terminal terminal)
    {
        Argument<string> run = Run();
        return new Command("show", "Shows one run") { run }.Calls(server, terminal, async (api, parsed, cancellationToken) =>
        {
            JsonElement row = await api
                .GetAsync($"api/v3/runs/{ServerApi.Segment(parsed.GetRequiredValue(run))}", cancellationToken);
            Fields.Write(terminal.Out, row, parsed.GetValue(server.Json));
        });
    }

    private static Command Cancel(ServerOptions server, Terminal terminal)
    {
        Argument<string> run = Run();
        return new Command("cancel", "Cuts a run off; the session's next message starts another") { run }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                JsonElement answer = await api
                    .PostAsync($"api/v2/runs/{ServerApi.Segment(parsed.GetRequiredValue(run))}/cancel", "{}", cancellationToken);
                Fields.WriteDone(terminal.Out, answer, parsed.GetValue(server.Json), "cancelled");
            });
    }

    private static Argument<string> Run() => new("run") { Description = "The run's id (run_…)" };
}
