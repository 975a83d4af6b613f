using System.CommandLine;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;

namespace AgentSessions.Cli.Commands;

/// <summary>Makes commands that call the server and leave at Ctrl-C.</summary>
internal static class CommandAction
{
    /// <summary>Runs with the server's API and a token that Ctrl-C cancels.</summary>
    public static Command Calls(
        this Command command, ServerOptions server, Terminal terminal, Func<ServerApi, ParseResult, CancellationToken, Task> action)
    {
        command.SetAction(async (parsed, _) =>
        {
            using var api = new ServerApi(server.Of(parsed));
            using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
            await action(api, parsed, interrupted.Token);
            return ExitCode.Ok;
        });
        return command;
    }
}
