using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace AgentSessions.TestServer;

/// <summary>The real server as a process of its own on a real socket, to be killed and started again on the same data.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 2000;
    private static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(2);
    private readonly IReadOnlyList<string> _launcher;
    private readonly string[] _arguments;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly HeldPort _port = new();
    private Process? _process;

    private ServerProcess(string dataDirectory, string secretKey, IReadOnlyList<string> launcher, string[] arguments)
    {
        DataDirectory = dataDirectory;
        SecretKey = secretKey;
        _launcher = launcher;
        _arguments = arguments;
    }

    /// <summary>The data directory; the test owns it.</summary>
    public string DataDirectory { get; }

    /// <summary>The secret key.</summary>
    public string SecretKey { get; }

    /// <summary>Where it listens. The port stays the same over restarts.</summary>
    public Uri BaseUrl { get; private set; } = new("http://127.0.0.1");

    /// <summary>What it has printed, newest last.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>The process id while it runs.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Starts a server on a free port with demonstration agents.</summary>
    /// <param name="dataDirectory">Where it keeps its data.</param>
    /// <param name="arguments">More configuration, such as <c>--AgentSessions:Store=Postgres</c>.</param>
    public static Task<ServerProcess> StartAsync(string dataDirectory, params string[] arguments) => StartAsync(dataDirectory, [], arguments);

    /// <summary>Starts a server through another program, such as a tracer.</summary>
    /// <param name="dataDirectory">Where it keeps its data.</param>
    /// <param name="launcher">What stands before the server's own command; the server must get the process id of it.</param>
    /// <param name="arguments">More configuration.</param>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, IReadOnlyList<string> launcher, params string[] arguments)
    {
        var server = new ServerProcess(dataDirectory, "tr_dev_0123456789abcdefghijklmnopqrstuvwxyzABCD", launcher, arguments);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again on the same data and port.</summary>
    public async Task StartAsync()
    {
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] command = [.. _launcher, "dotnet"];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory.CreateDirectory(DataDirectory).FullName,
        };
        start.ArgumentList.Add(Path.Combine(Repository.Output("AgentSessions.Server"), "AgentSessions.Server.dll"));
        start.ArgumentList.Add($"--urls=http://127.0.0.1:{_port.Number}");
        start.ArgumentList.Add($"--AgentSessions:DataDirectory={DataDirectory}");
        start.ArgumentList.Add($"--AgentSessions:SecretKey={SecretKey}");
        start.ArgumentList.Add("--AgentSessions:DemoAgents=true");
        foreach (string argument in _arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // It lives for seconds: methods are counted after 100 ms (hexadecimal) without new ones, so that a start compiles little twice.
        start.Environment.TryAdd("DOTNET_TC_CallCountingDelayMs", "64");
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data, listening);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, listening);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        using var started = new CancellationTokenSource();
        try
        {
            // the wait ends after the last line was read, which the event of the exit does not wait for
            Task exit = process.WaitForExitAsync(started.Token);
            await Task.WhenAny(listening.Task, exit).WaitAsync(_startLimit);
            BaseUrl = listening.Task.IsCompleted ? await listening.Task : throw new InvalidOperationException($"The server exited:\n{Log}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The server did not say where it listens within {_startLimit}:\n{Log}");
        }
        finally
        {
            await started.CancelAsync();
        }
    }

    /// <summary>Kills it with SIGKILL, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is Process process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Anonymous memory in RAM, in bytes.</summary>
    public long ResidentBytes => 1024 * Fact("RssAnon:");

    /// <summary>Its threads.</summary>
    public long Threads => Fact("Threads:");

    /// <summary>Open file descriptors, sockets among them.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{ProcessId}/fd").Length;

    /// <summary>Sends it a signal, such as <c>STOP</c> and <c>CONT</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", ProcessId.ToString()]);
        await kill.WaitForExitAsync();
    }

    /// <summary>How long its files may get from now on, which the system then refuses to exceed (Linux only). A server that is started again has no limit.</summary>
    /// <param name="bytes">The length; null for any.</param>
    public void LimitFiles(long? bytes)
    {
        if (_process is not null)
        {
            using var limit = Process.Start("prlimit", ["--pid", ProcessId.ToString(), $"--fsize={bytes?.ToString() ?? "unlimited"}:"]);
            limit.WaitForExit();
        }
    }

    /// <summary>Asks it to leave with SIGTERM and waits.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(TimeSpan limit)
    {
        await SignalAsync("TERM");
        return await EndAsync(limit);
    }

    /// <summary>Waits until it ends.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(TimeSpan limit)
    {
        Process process = _process ?? throw new InvalidOperationException("The server is not running.");
        using var cancel = new CancellationTokenSource(limit);
        await process.WaitForExitAsync(cancel.Token);
        int code = process.ExitCode;
        process.Dispose();
        _process = null;
        return code;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _port.Dispose();
    }

    /// <summary>A number of the kernel's own account of the process.</summary>
    private long Fact(string name) => long.Parse(
        File.ReadLines($"/proc/{ProcessId}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal));

    private void Keep(string? line, TaskCompletionSource<Uri> listening)
    {
        if (line is null)
        {
            return;
        }

        _log.Enqueue(line);
        while (_log.Count > KeptLines)
        {
            _log.TryDequeue(out _);
        }

        if (ListeningLine().Match(line) is { Success: true } match)
        {
            listening.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex ListeningLine();
}
