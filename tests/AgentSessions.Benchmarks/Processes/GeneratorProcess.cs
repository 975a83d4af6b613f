using System.Diagnostics;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>Runs this program again the way a generator should run: on its own core, sockets completed where they are polled.</summary>
internal static class GeneratorProcess
{
    /// <summary>Read by the runtime at start only, hence the second process. Saves a thread switch per read.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    public const string SocketThreads = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>Whether this already is the second process.</summary>
    public static bool IsThis => Environment.GetEnvironmentVariable(InlineCompletions) == "1";

    /// <summary>Starts the second process and waits for it. It stops when this one ends, however that comes about.</summary>
    public static async Task<int> RunAsync(string[] arguments, int? core)
    {
        ProcessStartInfo start = Pinning.Apply(core, Environment.ProcessPath!, Arguments(arguments));
        start.Environment[InlineCompletions] = "1";
        start.Environment[SocketThreads] = "1";
        start.RedirectStandardInput = true;
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Cancelled when the first process is gone: its end of the standard input closes.</summary>
    public static CancellationToken ParentGone()
    {
        CancellationTokenSource gone = new();
        Thread watch = new(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            gone.Cancel();
        })
        { IsBackground = true, Name = "parent watch" };
        watch.Start();
        return gone.Token;
    }

    private static IEnumerable<string> Arguments(string[] arguments) =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(GeneratorProcess).Assembly.Location, .. arguments]
            : arguments;
}
