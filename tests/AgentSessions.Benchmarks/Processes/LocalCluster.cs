using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>A run of <c>deploy/local-cluster</c> with the Release build of the server, ended with this object.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly string _data;

    private LocalCluster(Process process, string data)
    {
        _process = process;
        _data = data;
    }

    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>Starts PostgreSQL and a cluster on it, and waits until every node is ready.</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="secretKey">Their secret key.</param>
    /// <param name="folder">A folder is made in it, and removed again.</param>
    /// <param name="cancellationToken">Ends the wait, and the cluster with it.</param>
    /// <exception cref="InvalidOperationException">It did not start: no script, no PostgreSQL, or a server without the clustered engine.</exception>
    public static async Task<LocalCluster> StartAsync(int nodes, string secretKey, string folder, CancellationToken cancellationToken)
    {
        string data = Path.Combine(folder, $"cluster-{Guid.NewGuid():N}");
        string[] arguments =
        [
            Script(), "--data", data, "--nodes", nodes.ToString(CultureInfo.InvariantCulture), "--secret-key", secretKey, "--demo-agents", "--no-build",
        ];
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true };

        // How the generator treats its sockets is its own affair.
        start.Environment.Remove(GeneratorProcess.InlineCompletions);
        start.Environment.Remove(GeneratorProcess.SocketThreads);
        var cluster = new LocalCluster(Process.Start(start)!, data);
        try
        {
            string? line = await cluster._process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_startLimit, cancellationToken);
            if (line?.StartsWith("ready ", StringComparison.Ordinal) is not true)
            {
                throw new InvalidOperationException("deploy/local-cluster did not get ready; it has said why.");
            }

            cluster.Addresses = [.. line.Split(' ')[1..].Select(static address => new Uri(address))];
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, Terminate);
            using CancellationTokenSource limit = new(s_stopLimit);
            await _process.WaitForExitAsync(limit.Token);
        }

        _process.Dispose();
        if (Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private static string Script()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string script = Path.Combine(folder.FullName, "deploy", "local-cluster");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new InvalidOperationException("There is no deploy/local-cluster above this program.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
