using System.CommandLine;
using System.Text.RegularExpressions;
using AgentSessions.Cli.Commands;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli;

/// <summary>The command tree, and the one place where failures become a line and an exit code.</summary>
internal sealed partial class CliApplication(Terminal terminal, TimeProvider time)
{
    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ParseResult parsed = Tree().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Error.WriteLine(TypeName().Replace(error.Message, ""));
            }

            terminal.Error.WriteLine("Run 'agentsessions --help' for the commands, or add --help to one.");
            return ExitCode.Usage;
        }

        // Ctrl-C is the commands' own: in a chat it stops the turn.
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, CancellationToken.None);
        }
        catch (Exception exception) when (Failures.Of(exception) is { } failure)
        {
            if (failure.Text.Length > 0)
            {
                terminal.Error.WriteLine($"error: {failure.Text}");
            }

            return failure.ExitCode;
        }
    }

    /// <summary>The types of options, which the parser names, mean nothing to whoever types them.</summary>
    [GeneratedRegex(" as expected type '[^']*'")]
    private static partial Regex TypeName();

    private RootCommand Tree()
    {
        var server = new ServerOptions(terminal, time);
        return new RootCommand("Talks to an AgentSessions server: chats, streams, sessions, runs, tokens, archives, nodes, load tests.")
        {
            HelpName = "agentsessions",
            Options = { server.Url, server.KeyFile, server.Json },
            Subcommands =
            {
                ChatCommand.Create(server, terminal),
                TailCommand.Create(server, terminal),
                SessionsCommand.Create(server, terminal),
                RunsCommand.Create(server, terminal),
                KeysCommand.Create(server, terminal, time),
                ArchiveCommands.Export(server, terminal),
                ArchiveCommands.Import(server, terminal),
                ArchiveCommands.Backup(server, terminal),
                NodesCommand.List(server, terminal),
                NodesCommand.Drain(server, terminal),
                LoadCommand.Create(server, terminal, time),
            },
        };
    }
}
