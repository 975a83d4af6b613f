using System.CommandLine;
using System.Text.Json;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
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
        Argument<string[]> names = new("node") { Description = "The nodes by name; without, the one that answers", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> all = new("--all") { Description = "Every node: the service ends" };
        Option<bool> yes = new("--yes") { Description = "Do not ask" };
        return new Command("drain", "Asks nodes to finish their turns and end") { names, all, yes }
            .Calls(server, terminal, async (api, parsed, cancellationToken) =>
            {
                JsonElement overview = await api.GetAsync("api/console/v1/overview", cancellationToken);
                string[] nodes = Choose([.. overview.Items("nodes")], parsed.GetValue(names) ?? [], parsed.GetValue(all));
                string question = nodes is [var only] ? $"Drain {only}? Its process ends." : $"Drain {string.Join(", ", nodes)}? Their processes end.";
                if (!parsed.GetValue(yes) && !await TerminalQuestion.ConfirmAsync(terminal, question, cancellationToken))
                {
                    throw new CliException(ExitCode.Usage, "Nothing was drained; --yes drains without asking");
                }

                foreach (string node in nodes)
                {
                    JsonElement answer = await api.PostAsync($"api/console/v1/nodes/{ServerApi.Segment(node)}/drain", "{}", cancellationToken);
                    Fields.WriteDone(terminal.Out, answer, parsed.GetValue(server.Json), nodes.Length == 1 ? "draining" : $"draining {PlainText.Safe(node)}");
                }
            });
    }

    /// <summary>The nodes to drain, the one that answers last: it takes the requests for the others.</summary>
    private static string[] Choose(JsonElement[] nodes, string[] names, bool isAll)
    {
        if (isAll && names.Length > 0)
        {
            throw new CliException(ExitCode.Usage, "Name nodes or say --all, not both");
        }

        string[] known = [.. nodes.OrderBy(static node => IsThis(node)).Select(static node => node.Text("name")!)];
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new CliException(ExitCode.NotFound, $"There is no node named {unknown}; there are {string.Join(", ", known)}");
        }

        string[] chosen = isAll ? known
            : names.Length > 0 ? [.. known.Where(names.Contains)]
            : [.. nodes.Where(IsThis).Select(static node => node.Text("name")!)];
        return chosen.Length > 0 ? chosen : throw new CliException(ExitCode.NotFound, "The server does not say which node answers; name one of `agentsessions nodes`");
    }

    private static bool IsThis(JsonElement node) => node.GetProperty("isThis").GetBoolean();
}
