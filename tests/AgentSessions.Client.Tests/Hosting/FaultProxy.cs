using System.Net;
using System.Net.Sockets;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>A network between client and server that cuts, truncates and delays connections at places drawn from a seed.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly IPEndPoint _server;
    private readonly Random _random;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _faults;

    public FaultProxy(IPEndPoint server, int seed)
    {
        _server = server;
        _random = new Random(seed);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri BaseUrl => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections that were harmed so far.</summary>
    public int Faults => Volatile.Read(ref _faults);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stopping.Token);
                connections.Add(ServeAsync(client, Draw()));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <summary>What happens to the next connection; one of three is spared.</summary>
    private Fault Draw()
    {
        lock (_random)
        {
            return new Fault(
                Requests: _random.Next(6) == 0 ? _random.Next(600) : int.MaxValue,
                Answers: _random.Next(3) == 0 ? int.MaxValue : _random.Next(6000),
                IsAbrupt: _random.Next(2) == 0,
                Delay: TimeSpan.FromMilliseconds(_random.Next(4)));
        }
    }

    private async Task ServeAsync(Socket client, Fault fault)
    {
        using Socket server = new(SocketType.Stream, ProtocolType.Tcp);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        try
        {
            await server.ConnectAsync(_server, ending.Token);
            Task<bool> up = CopyAsync(client, server, fault.Requests, TimeSpan.Zero, ending.Token);
            Task<bool> down = CopyAsync(server, client, fault.Answers, fault.Delay, ending.Token);
            if (await await Task.WhenAny(up, down))
            {
                Interlocked.Increment(ref _faults);
            }

            await ending.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The server is away; so is the connection, then.
        }
        finally
        {
            if (fault.IsAbrupt)
            {
                client.LingerState = new LingerOption(true, 0);
            }

            client.Dispose();
        }
    }

    /// <summary>Copies until an end or the limit. True if the limit cut it.</summary>
    private static async Task<bool> CopyAsync(Socket from, Socket to, int limit, TimeSpan delay, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (limit > 0)
            {
                int read = await from.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, limit)), cancellationToken);
                if (read == 0)
                {
                    return false;
                }

                await Task.Delay(delay, cancellationToken);
                limit -= limit == int.MaxValue ? 0 : read;
                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), cancellationToken);
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private sealed record Fault(int Requests, int Answers, bool IsAbrupt, TimeSpan Delay);
}
