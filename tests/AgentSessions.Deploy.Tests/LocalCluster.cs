using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace AgentSessions.Deploy.Tests;

/// <summary>A run of <c>deploy/local-cluster</c> on the server that was built with the tests.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private const int SigTerm = 15;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly List<string> _said = [];

    private LocalCluster(string data, string[] arguments)
    {
        Data = data;
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(Repository, "deploy", "local-cluster"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
            {
                _said.Add(line.Data ?? "");
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>The repository's folder.</summary>
    public static string Repository { get; } = Setting("Repository");

    public string Data { get; }

    public Uri[] Urls { get; private set; } = [];

    /// <summary>What it said on its way.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join('\n', _said);
            }
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<LocalCluster> StartAsync(string data, params string[] arguments)
    {
        var cluster = new LocalCluster(data, ["--data", data, "--no-build", "--configuration", Setting("Configuration"), .. arguments]);
        using var limit = new CancellationTokenSource(_limit);
        string? line = await cluster._process.StandardOutput.ReadLineAsync(limit.Token);
        if (line?.StartsWith("ready ", StringComparison.Ordinal) != true)
        {
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"It did not get ready: {line}\n{cluster.Said}");
        }

        cluster.Urls = [.. line.Split(' ')[1..].Select(url => new Uri(url))];
        return cluster;
    }

    /// <summary>Runs it with arguments that it refuses.</summary>
    public static async Task<(int ExitCode, string Said)> RefusedAsync(params string[] arguments)
    {
        await using var cluster = new LocalCluster("", arguments);
        await cluster._process.WaitForExitAsync().WaitAsync(_limit);
        return (cluster._process.ExitCode, cluster.Said);
    }

    public int NodeId(int node) => int.Parse(File.ReadAllText(Path.Combine(Data, $"node-{node}.pid")));

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task<int> EndAsync()
    {
        Kill(_process.Id, SigTerm);
        await _process.WaitForExitAsync().WaitAsync(_limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await EndAsync();
        }

        _process.Dispose();
    }

    private static string Setting(string name) => Assembly.GetExecutingAssembly()
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
