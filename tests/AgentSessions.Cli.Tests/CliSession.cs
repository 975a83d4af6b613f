using AgentSessions.Cli.Terminals;
using AgentSessions.TestServer;

namespace AgentSessions.Cli.Tests;

/// <summary>A command line run in this process against a server, with a terminal that a test types into.</summary>
internal sealed class CliSession : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    private CliSession(TextReader input) => Input = input;

    public TextReader Input { get; }

    public WatchedWriter Out { get; } = new();

    public WatchedWriter Error { get; } = new();

    public Interrupts Interrupts { get; } = new();

    public Task<int> Running { get; private set; } = Task.FromResult(0);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CliResult> RunAsync(ServerProcess server, string[] arguments, string input = "", string? key = null)
    {
        using CliSession session = Start(server, arguments, new StringReader(input), isInteractive: false, key);
        return await session.EndAsync();
    }

    /// <summary>Begins a command that the test talks to.</summary>
    public static CliSession Start(ServerProcess server, string[] arguments, TextReader input, bool isInteractive, string? key = null)
    {
        var session = new CliSession(input);
        var variables = new Dictionary<string, string>
        {
            ["AGENTSESSIONS_URL"] = server.BaseUrl.ToString(),
            ["AGENTSESSIONS_SECRET_KEY"] = key ?? server.SecretKey,
        };
        var terminal = new Terminal
        {
            In = input,
            Out = session.Out,
            Error = session.Error,
            IsInteractive = isInteractive,
            Variable = name => variables.GetValueOrDefault(name),
            Interrupts = session.Interrupts,
        };
        session.Running = Task.Run(() => new CliApplication(terminal, TimeProvider.System).RunAsync(arguments));
        return session;
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CliResult> EndAsync()
    {
        int exitCode = await Running.WaitAsync(_limit);
        return new CliResult(exitCode, Out.ToString(), Error.ToString());
    }

    public void Dispose() => Interrupts.Dispose();
}

/// <summary>What a command came to.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
