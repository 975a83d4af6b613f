using System.Diagnostics;
using System.Globalization;

namespace AgentSessions.Models.Tests.Peers;

/// <summary>A peer that serves HTTP on a free port of 127.0.0.1, ended by its own process id.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private readonly Process _process;

    private PeerServer(Process process, int port)
    {
        _process = process;
        Url = new Uri($"http://127.0.0.1:{port}/");
    }

    public Uri Url { get; }

    /// <summary>Starts the peer on a free port and waits until it listens.</summary>
    public static Task<PeerServer> StartAsync(string script, params string[] arguments) => StartAsync(script, 0, arguments);

    /// <summary>Starts the peer on the given port and waits until it listens.</summary>
    public static async Task<PeerServer> StartAsync(string script, int port, params string[] arguments)
    {
        ProcessStartInfo start = new("node", ["--require", Peer.Own("loopback.cjs"), Peer.File(script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Peer.Own("package.json")),
        };
        start.Environment["HOST"] = "127.0.0.1";
        start.Environment["PORT"] = $"{port}";
        Process process = Process.Start(start)!;
        TaskCompletionSource<int> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> said = [];
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        void Note(string? line)
        {
            lock (said)
            {
                said.Add(line ?? "");
            }

            if (line?.StartsWith(Announcement, StringComparison.Ordinal) == true)
            {
                listening.TrySetResult(int.Parse(line[Announcement.Length..], CultureInfo.InvariantCulture));
            }
        }

        Task ended = process.WaitForExitAsync();
        Task first = await Task.WhenAny(listening.Task, ended, Task.Delay(TimeSpan.FromMinutes(3)));
        if (first != listening.Task)
        {
            process.Kill(entireProcessTree: true);
            lock (said)
            {
                throw new InvalidOperationException($"{script} did not listen within three minutes. It said: {string.Join('\n', said)}");
            }
        }

        return new PeerServer(process, await listening.Task);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
