using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>A server under measurement in a process of its own, ended with this object.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private const int KeptLines = 40;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastLines = new();

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="dll">Assembly to run with the current .NET host.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="address">Where it will listen.</param>
    /// <param name="secretKey">Credential for the request that shows it is ready.</param>
    /// <param name="core">Core to pin it to, or null.</param>
    /// <param name="cancellationToken">Ends the wait, and the process with it.</param>
    public static async Task<ServerProcess> StartAsync(string dll, IEnumerable<string> arguments, Uri address, string secretKey, int? core, CancellationToken cancellationToken)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        ProcessStartInfo start = Pinning.Apply(core, host, [Path.GetFullPath(dll), .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(dll)); // Where it finds its settings, as when deployed.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment.Remove(GeneratorProcess.InlineCompletions);

        ServerProcess server = new(Process.Start(start)!, address);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        try
        {
            await server.WaitUntilReadyAsync(secretKey, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            using CancellationTokenSource limit = new(StopLimit);
            await _process.WaitForExitAsync(limit.Token);
        }

        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(string secretKey, CancellationToken cancellationToken)
    {
        using HttpClient client = new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", secretKey);
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < StartLimit)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}:\n{string.Join('\n', _lastLines)}");
            }

            try
            {
                using HttpResponseMessage answer = await client.GetAsync("api/v1/sessions", cancellationToken);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException refused) when (refused.StatusCode is null)
            {
                await Task.Delay(50, cancellationToken);
            }
        }

        throw new TimeoutException($"The server did not answer within {StartLimit}:\n{string.Join('\n', _lastLines)}");
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lastLines.Enqueue(line);
            while (_lastLines.Count > KeptLines)
            {
                _lastLines.TryDequeue(out _);
            }
        }
    }
}
