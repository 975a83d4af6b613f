using System.CommandLine;
using AgentSessions.Cli.Connections;
using AgentSessions.Cli.Errors;
using AgentSessions.Cli.Terminals;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;

namespace AgentSessions.Cli.Loads;

/// <summary>Runs one kind of load and shows how it goes and what came of it. Ctrl-C ends it early, with the summary of what was measured.</summary>
internal sealed class LoadRunner(ServerOptions server, LoadOptions options, Terminal terminal, TimeProvider time)
{
    public Command Configure(
        Command command, Func<LoadGenerator, ParseResult, LoadHooks, CancellationToken, Task<LoadResult>> load)
    {
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var generator = new LoadGenerator(options.TargetOf(parsed, server.Of(parsed)), time);
            using InterruptedToken interrupted = terminal.Interrupts.TakeToken();
            var progress = new ProgressLine(terminal);
            LoadResult result = await load(generator, parsed, new LoadHooks { Progress = progress.Show }, interrupted.Token);
            progress.End();
            if (parsed.GetValue(server.Json))
            {
                terminal.Out.WriteJson(json => LoadJson.Write(json, result));
            }
            else
            {
                LoadSummary.Write(terminal.Out, result);
            }

            return result.ErrorCount == 0 && result.Order.None ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
