using System.CommandLine;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary><c>nodes</c> and <c>drain</c>: what the server runs on, and sending a node home.</summary>
internal static class NodesCommand
{
    public static Command List(ServerOptions server, Terminal terminal) =>
        new Command("nodes", "Lists the server's nodes").Calls(server, terminal, async (api, parsed, cancellationToken) =>
        {
            JsonElement overview = await api.GetAsync("api/console/v1/overview", cancellationToken);
            foreach (JsonElement node in overview.Items("nodes"))
            {
                Fields.Write(terminal.Out, node, parsed.GetValue(server.Json));
            }
        });

    public static Command Drain(ServerOptions server, Terminal terminal)
    {
        Option<bool> yes = new("--yes") { Description = "Do not ask" };
        return new Command("drain", "Asks the node that answers to finish its turns and end") { yes }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                JsonElement overview = await api.GetAsync("api/console/v1/overview", cancellationToken);
                string node = overview.Items("nodes").FirstOrDefault(static node => node.GetProperty("isThis").GetBoolean()) is { ValueKind: JsonValueKind.Object } found
                    ? found.Text("name")!
                    : throw new CliException(ExitCode.NotFound, "The server does not say which node answers");
                if (!parsed.GetValue(yes) && !await Question.ConfirmAsync(terminal, $"Drain {node}? Its process ends.", cancellationToken))
                {
                    throw new CliException(ExitCode.Usage, "Nothing was drained; --yes drains without asking");
                }

                JsonElement answer = await api.PostAsync($"api/console/v1/nodes/{ServerApi.Segment(node)}/drain", "{}", cancellationToken);
                Fields.WriteDone(terminal.Out, answer, parsed.GetValue(server.Json), "draining");
            });
    }
}
