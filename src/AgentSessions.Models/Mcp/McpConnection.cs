using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>The connection to one server: made when it is first needed, made again after a break, and left alone for a while when it cannot be made.</summary>
/// <param name="toolsChanged">Called when the server says that its tools changed.</param>
internal sealed partial class McpConnection(string name, McpServerOptions options, Func<IClientTransport> transport, Action toolsChanged, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private McpClient? _client;
    private int _failures;
    private DateTimeOffset _pauseUntil;
    private bool _disposed;

    /// <summary>Does something over the live connection; over a new one when that breaks, if doing it twice does no harm or it cannot have been done.</summary>
    /// <exception cref="McpToolException"><see cref="McpErrorKind.Unavailable"/>: there is no connection to be had.</exception>
    /// <exception cref="TimeoutException">It took longer than <paramref name="limit"/>.</exception>
    public async Task<T> UseAsync<T>(TimeSpan limit, bool repeatable, Func<McpClient, CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        for (bool again = false; ; again = true)
        {
            McpClient client = await GetAsync(cancellationToken);
            try
            {
                return await WithinAsync(limit, token => WhileConnectedAsync(client, act(client, token)), cancellationToken);
            }
            catch (Exception e) when (McpBreaks.IsBreak(e))
            {
                LogLost(name, McpBreaks.Describe(e));
                await DropAsync(client);
                if (again || !(repeatable || McpBreaks.NeverArrived(e)))
                {
                    throw;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _disposed = true;
            if (_client is { } client)
            {
                await DropAsync(client);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    // One connects at a time, and those who wait for it share its fate.
    private async Task<McpClient> GetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_client is { Completion.IsCompleted: false } live)
            {
                return live;
            }

            if (_client is { } dead)
            {
                LogLost(name, "closed");
                await DropAsync(dead);
            }

            return time.GetUtcNow() < _pauseUntil ? throw Unavailable() : await ConnectAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<McpClient> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            McpClient client = await WithinAsync(options.ConnectTimeout, token => McpClient.CreateAsync(transport(), ClientOptions(), cancellationToken: token), cancellationToken);
            _client = client;
            _failures = 0;
            toolsChanged();
            _ = McpWire.ListenForChangesAsync(client);
            LogConnected(name, client.ServerInfo?.Name, client.ServerInfo?.Version);
            return client;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(_failures++, 10));
            pause = pause < LongestPause ? pause : LongestPause;
            _pauseUntil = time.GetUtcNow() + pause;
            LogUnreachable(name, McpBreaks.Describe(e), pause.TotalSeconds);
            throw Unavailable();
        }
    }

    private McpClientOptions ClientOptions() => new()
    {
        ClientInfo = new Implementation { Name = "AgentSessions", Version = typeof(McpConnection).Assembly.GetName().Version!.ToString(3) },
        InitializationTimeout = options.ConnectTimeout,
        TimeProvider = time,
        Handlers = new McpClientHandlers
        {
            NotificationHandlers =
            [
                new(NotificationMethods.ToolListChangedNotification, (_, _) =>
                {
                    toolsChanged();
                    return ValueTask.CompletedTask;
                }),
            ],
        },
    };

    private async ValueTask DropAsync(McpClient client)
    {
        Interlocked.CompareExchange(ref _client, null, client);
        try
        {
            await client.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // It is broken already; how it ends does not matter.
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool late = false;
        using ITimer timer = time.CreateTimer(_ => Expire(), null, limit, Timeout.InfiniteTimeSpan);
        void Expire()
        {
            late = true;
            try
            {
                both.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended while the timer fired.
            }
        }

        try
        {
            return await act(both.Token);
        }
        catch (Exception) when (late && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    // The package fails what waits when the connection breaks, but not a request that slips in just then.
    private static async Task<T> WhileConnectedAsync<T>(McpClient client, Task<T> work)
    {
        if (await Task.WhenAny(work, client.Completion) != work && !work.IsCompleted)
        {
            _ = work.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new IOException("closed");
        }

        return await work;
    }

    private McpToolException Unavailable() => new(McpErrorKind.Unavailable, name, "The tool's server cannot be reached. The tool did not run.");

    [LoggerMessage(3341, LogLevel.Information, "MCP server {McpServer} connected: {ServerName} {ServerVersion}")]
    private partial void LogConnected(string mcpServer, string? serverName, string? serverVersion);

    [LoggerMessage(3342, LogLevel.Warning, "MCP server {McpServer} lost: {Reason}")]
    private partial void LogLost(string mcpServer, string reason);

    [LoggerMessage(3343, LogLevel.Warning, "MCP server {McpServer} cannot be reached: {Reason}. Left alone for {PauseSeconds} s")]
    private partial void LogUnreachable(string mcpServer, string reason, double pauseSeconds);
}
