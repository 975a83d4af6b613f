using System.Net;
using System.Net.Sockets;
using AgentSessions.TestServer;

namespace AgentSessions.Client.Tests.Hosting;

/// <summary>A network between client and server that cuts, truncates and delays connections at places drawn from a seed.</summary>
/// <remarks>It may also hold answers back until there is a buffer full or a while has passed, as proxies do, and forget connections without closing them.</remarks>
internal sealed class FaultProxy : IAsyncDisposable
{
    /// <summary>How long a buffer that is not full is held back.</summary>
    private static readonly TimeSpan _hold = TimeSpan.FromMilliseconds(100);

    private readonly IPEndPoint _server;
    private readonly NetworkManner _manner;
    private readonly Random _random;
    private readonly LocalListener _listener;
    private int _faults;

    public FaultProxy(IPEndPoint server, int seed, NetworkManner manner = NetworkManner.Cuts)
    {
        _server = server;
        _manner = manner;
        _random = new Random(seed);
        _listener = new LocalListener(ServeAsync);
    }

    public Uri BaseUrl => new($"http://{_listener.Address}");

    /// <summary>Connections that were harmed so far.</summary>
    public int Faults => Volatile.Read(ref _faults);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    /// <summary>What happens to the next connection; one of three is spared.</summary>
    private Fault Draw()
    {
        lock (_random)
        {
            return new Fault(
                Requests: _random.Next(6) == 0 ? _random.Next(600) : int.MaxValue,
                Answers: _random.Next(3) == 0 ? int.MaxValue : _random.Next(6000),
                IsAbrupt: _random.Next(2) == 0,
                Buffer: _manner == NetworkManner.BuffersAndCuts ? _random.Next(2) == 0 ? 4096 : 8192 : 0,
                Delay: TimeSpan.FromMilliseconds(_random.Next(4)));
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stopping)
    {
        Fault fault = Draw();
        using Socket server = new(SocketType.Stream, ProtocolType.Tcp);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            await server.ConnectAsync(_server, ending.Token);
            Task<bool> up = CopyAsync(client, server, fault.Requests, TimeSpan.Zero, buffered: 0, ending.Token);
            Task<bool> down = CopyAsync(server, client, fault.Answers, fault.Delay, fault.Buffer, ending.Token);
            if (await await Task.WhenAny(up, down))
            {
                Interlocked.Increment(ref _faults);
                if (_manner == NetworkManner.Forgets)
                {
                    // Half open: nothing comes and nothing goes, and nobody is told.
                    await Task.Delay(Timeout.InfiniteTimeSpan, ending.Token);
                }
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
    private static async Task<bool> CopyAsync(Socket from, Socket to, int limit, TimeSpan delay, int buffered, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Math.Max(4096, buffered)];
        try
        {
            while (limit > 0)
            {
                int read = await from.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, limit)), cancellationToken);
                if (read == 0)
                {
                    return false;
                }

                read += await FillAsync(from, buffer.AsMemory(read, Math.Clamp(Math.Min(buffered, limit) - read, 0, buffer.Length - read)), cancellationToken);
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

    /// <summary>Reads until a buffer is full or the hold is over.</summary>
    private static async Task<int> FillAsync(Socket from, Memory<byte> rest, CancellationToken cancellationToken)
    {
        using var hold = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        hold.CancelAfter(_hold);
        int filled = 0;
        try
        {
            while (filled < rest.Length && await from.ReceiveAsync(rest[filled..], hold.Token) is > 0 and int read)
            {
                filled += read;
            }
        }
        catch (OperationCanceledException)
        {
            // Long enough.
        }

        return filled;
    }

    private sealed record Fault(int Requests, int Answers, bool IsAbrupt, int Buffer, TimeSpan Delay);
}

/// <summary>What a network does to connections.</summary>
public enum NetworkManner
{
    /// <summary>It cuts them.</summary>
    Cuts = 0,

    /// <summary>It holds answers back until 4 or 8 KiB are together, and cuts too, also within a frame.</summary>
    BuffersAndCuts = 1,

    /// <summary>It forgets them: both ends stay open, and nothing comes through.</summary>
    Forgets = 2,
}
