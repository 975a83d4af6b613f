using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AgentSessions.TestServer;

/// <summary>A run of <c>deploy/local-cluster</c> on the server that was built with the tests, ended with this object.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private const int SigKill = 9;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly List<string> _said = [];
    private readonly Dictionary<string, string?> _settings;

    private LocalCluster(string data, string[] arguments, Dictionary<string, string?>? settings = null)
    {
        Data = data;
        _settings = settings ?? [];
        string script = Path.Combine(Repository.Root, "deploy", "local-cluster");
        var start = new ProcessStartInfo("bash", [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Inherit(start);
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

    /// <summary>Where it keeps its data; whoever starts it owns the folder.</summary>
    public string Data { get; }

    /// <summary>Where its nodes listen.</summary>
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
    public static Task<LocalCluster> StartAsync(string data, params string[] arguments) => StartAsync(data, [], arguments);

    /// <summary>Starts it with settings for every node, in the environment's form.</summary>
    /// <param name="data">Its folder, which it makes.</param>
    /// <param name="settings">A null takes a variable away that this process has.</param>
    /// <param name="arguments">More arguments of the script.</param>
    /// <exception cref="InvalidOperationException">It did not get ready; the message tells what it said.</exception>
    public static async Task<LocalCluster> StartAsync(string data, Dictionary<string, string?> settings, params string[] arguments)
    {
        var cluster = new LocalCluster(data, ["--data", data, "--no-build", "--configuration", Repository.Configuration, .. arguments], settings);
        try
        {
            string? line = await cluster._process.StandardOutput.ReadLineAsync().WaitAsync(_limit);
            cluster.Urls = line?.StartsWith("ready ", StringComparison.Ordinal) == true
                ? [.. line.Split(' ')[1..].Select(url => new Uri(url))]
                : throw new InvalidOperationException($"It did not get ready: {line}\n{cluster.Said}");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it with arguments that it refuses.</summary>
    public static async Task<(int ExitCode, string Said)> RefusedAsync(params string[] arguments)
    {
        await using var cluster = new LocalCluster("", arguments);
        await cluster._process.WaitForExitAsync().WaitAsync(_limit);
        return (cluster._process.ExitCode, cluster.Said);
    }

    /// <summary>A node's process id.</summary>
    public int NodeId(int node) => int.Parse(File.ReadAllText(Path.Combine(Data, $"node-{node}.pid")));

    /// <summary>Ends a node as a crash does.</summary>
    public Task KillNodeAsync(int node) => SignalNodeAsync(node, SigKill);

    /// <summary>Asks a node to leave, and waits until it has.</summary>
    public Task StopNodeAsync(int node) => SignalNodeAsync(node, SigTerm);

    /// <summary>Stops a node where it stands; it keeps its connections.</summary>
    public void PauseNode(int node) => Kill(NodeId(node), SigStop);

    /// <summary>Lets a paused node go on where it stood.</summary>
    public void WakeNode(int node) => Kill(NodeId(node), SigCont);

    /// <summary>Starts a node again and waits until it is ready.</summary>
    /// <param name="node">Which one.</param>
    /// <param name="server">Another build of the server; the cluster's own if null.</param>
    public async Task StartNodeAsync(int node, string? server = null)
    {
        var start = new ProcessStartInfo(Path.Combine(Data, $"node-{node}.cmd"));
        Inherit(start);
        if (server is not null)
        {
            start.Environment["SERVER"] = server;
        }

        using Process started = Process.Start(start)!;
        await Readiness.WaitAsync(Urls[node - 1], _limit);
    }

    /// <summary>Controls the database; the arguments are those of <c>pg_ctl</c>.</summary>
    public async Task DatabaseAsync(params string[] arguments)
    {
        using Process control = Process.Start(Path.Combine(Data, "postgres.cmd"), arguments);
        await control.WaitForExitAsync().WaitAsync(_limit);
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task<int> EndAsync()
    {
        Kill(_process.Id, SigTerm);
        await _process.WaitForExitAsync().WaitAsync(_limit);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await EndAsync();
        }

        _process.Dispose();
    }

    private async Task SignalNodeAsync(int node, int signal)
    {
        using Process process = Process.GetProcessById(NodeId(node));
        Kill(process.Id, signal);
        await process.WaitForExitAsync().WaitAsync(_limit);
    }

    /// <summary>What the script does not set, nodes inherit from whoever starts them.</summary>
    private void Inherit(ProcessStartInfo start)
    {
        foreach ((string name, string? value) in _settings)
        {
            start.Environment[name] = value;
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
