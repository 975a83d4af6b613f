using System.CommandLine;
using AgentSessions.Benchmarks.Baseline;
using AgentSessions.Benchmarks.Growth;
using AgentSessions.Benchmarks.Micro;
using AgentSessions.Benchmarks.Processes;
using AgentSessions.Benchmarks.Sizing;
using AgentSessions.Benchmarks.Table;
using Microsoft.AspNetCore.Builder;

namespace AgentSessions.Benchmarks;

/// <summary>The verbs of the command line.</summary>
internal static class Commands
{
    private static readonly Option<string> s_serverDll = new("--server-dll")
    {
        Description = "Assembly of the server to measure.",
        DefaultValueFactory = _ => BuiltServer(),
    };

    private static readonly Option<string[]> s_serverArguments = new("--server-arg")
    {
        Description = "A further argument for the server, such as --AgentSessions:Key=value; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> s_output = new("--output")
    {
        Description = "Folder for results; its disk is the one measured.",
        DefaultValueFactory = _ => Path.Combine("artifacts", "benchmarks"),
    };

    public static Command Table()
    {
        Option<bool> quick = new("--quick") { Description = "Small sizes and short times: everything once in under a minute." };
        Option<int[]> rows = new("--rows") { Description = "Rows to measure; all by default.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        Option<DirectoryInfo?> publish = new("--publish") { Description = "Root of a checkout: its README gets the table, docs/images the picture." };
        Command command = new("table", "Prints the table of goals and draws the picture.") { quick, rows, publish, s_serverDll, s_serverArguments, s_output };
        command.SetAction((parsed, cancellationToken) => BoundedAsync(cancellationToken, token => TableRun.RunAsync(
            new TableOptions
            {
                ServerDll = parsed.GetRequiredValue(s_serverDll),
                ServerArguments = parsed.GetRequiredValue(s_serverArguments),
                Output = Path.GetFullPath(parsed.GetRequiredValue(s_output)),
                Publish = parsed.GetValue(publish)?.FullName,
                Rows = parsed.GetRequiredValue(rows),
                Scale = parsed.GetValue(quick) ? Scale.Quick : Scale.Full,
                StartsClusters = !parsed.GetValue(quick),
            },
            Console.Out,
            token)));
        return command;
    }

    public static Command Growth()
    {
        Option<double> minutes = new("--minutes") { Description = "Time for each of the four series; what does not fit is left out.", DefaultValueFactory = _ => 5 };
        Option<string[]> series = new("--series") { Description = "chats, history, readers, stored; all by default.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        Option<int> most = new("--most") { Description = "Largest size of each series, where it is below the series' own.", DefaultValueFactory = _ => int.MaxValue };
        Command command = new("growth", "Shows how cost grows with chats, history, readers and stored sessions.") { minutes, series, most, s_serverDll, s_serverArguments, s_output };
        command.SetAction((parsed, cancellationToken) => BoundedAsync(cancellationToken, token => GrowthRun.RunAsync(
            new GrowthOptions
            {
                Table = new TableOptions
                {
                    ServerDll = parsed.GetRequiredValue(s_serverDll),
                    ServerArguments = parsed.GetRequiredValue(s_serverArguments),
                    Output = Path.GetFullPath(parsed.GetRequiredValue(s_output)),
                    Scale = Scale.Full,
                },
                Series = parsed.GetRequiredValue(series),
                SeriesLimit = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                Most = parsed.GetValue(most),
            },
            Console.Out,
            token)));
        return command;
    }

    public static Command Baseline()
    {
        Option<string> urls = new("--urls") { Description = "Where to listen.", DefaultValueFactory = _ => "http://127.0.0.1:3031" };
        Command command = new("baseline", "Runs bare Kestrel with the same protocol and nothing behind it.") { urls };
        command.TreatUnmatchedTokensAsErrors = false; // It takes the real server's arguments too, to stand in for it.
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using WebApplication server = BaselineServer.Create(parsed.GetRequiredValue(urls));
            await server.StartAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        return command;
    }

    public static Command Micro()
    {
        Option<string> filter = new("--filter") { Description = "Which benchmarks, such as *Commit*.", DefaultValueFactory = _ => "*" };
        Command command = new("micro", "Measures the parts of the hot path by themselves.") { filter, s_output };
        command.SetAction(parsed => MicroRun.Run(parsed.GetRequiredValue(filter), Path.GetFullPath(parsed.GetRequiredValue(s_output))));
        return command;
    }

    public static Command Sizing()
    {
        Command command = new("sizing", "Prints what larger sizes take, from the cost of one thing.");
        command.SetAction(_ => SizingRun.Run(Console.Out));
        return command;
    }

    /// <summary>Ends the work when the user, the time limit or the end of the first process says so, and reports that instead of a stack trace.</summary>
    private static async Task<int> BoundedAsync(CancellationToken cancellationToken, Func<CancellationToken, Task<int>> work)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, GeneratorProcess.ParentGone());
        try
        {
            return await work(stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped before it was done: cancelled, or the time limit was reached.");
            return 1;
        }
    }

    /// <summary>The server as built along with this program, in the same configuration.</summary>
    private static string BuiltServer()
    {
        DirectoryInfo own = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(own.Parent!.Parent!.FullName, "AgentSessions.Server", own.Name, "AgentSessions.Server.dll");
    }
}
