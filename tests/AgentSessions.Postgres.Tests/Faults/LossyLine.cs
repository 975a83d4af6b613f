using System.Net;
using System.Net.Sockets;
using System.Text;
using AgentSessions.TestServer;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>What a line can lose.</summary>
public enum Lost
{
    /// <summary>The server never hears of what was sent.</summary>
    Request = 0,

    /// <summary>The server carries it out, and nobody hears of that.</summary>
    Answer = 1,
}

/// <summary>The way to a server, which breaks when it is told to; connections made later are whole.</summary>
internal sealed class LossyLine : IAsyncDisposable
{
    private readonly LocalListener _listener;
    private int _port;
    private Break? _next;
    private int _breaks;

    public LossyLine(int port)
    {
        _port = port;
        _listener = new LocalListener(ServeAsync);
    }

    public int Port => _listener.Address.Port;

    /// <summary>How often it broke.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    /// <summary>Leads connections made from now on to another server's port.</summary>
    public void LeadTo(int port) => Volatile.Write(ref _port, port);

    /// <summary>Breaks at the next request that holds a text.</summary>
    /// <param name="lost">What is lost then.</param>
    /// <param name="text">The text.</param>
    /// <param name="meanwhile">What happens before the other end notices.</param>
    public void BreakAt(Lost lost, string text, Func<Task>? meanwhile = null) =>
        Volatile.Write(ref _next, new Break(lost, Encoding.UTF8.GetBytes(text), meanwhile ?? (() => Task.CompletedTask)));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket accepted, CancellationToken stopping)
    {
        using Socket client = accepted;
        using Socket server = new(SocketType.Stream, ProtocolType.Tcp);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Break? answer = null;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, Volatile.Read(ref _port), ending.Token);
            Task up = CopyAsync(client, server, Requested, ending.Token);
            Task down = CopyAsync(server, client, _ => Volatile.Read(ref answer), ending.Token);
            await Task.WhenAny(up, down);
            await ending.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // One end is gone.
        }

        Break? Requested(ReadOnlySpan<byte> bytes)
        {
            if (Volatile.Read(ref _next) is not { } due || bytes.IndexOf(due.Text) < 0)
            {
                return null;
            }

            Volatile.Write(ref _next, null);
            Interlocked.Increment(ref _breaks);
            if (due.Lost == Lost.Request)
            {
                return due;
            }

            Volatile.Write(ref answer, due);
            return null;
        }
    }

    /// <summary>Copies until an end, or until what comes is to be lost.</summary>
    private static async Task CopyAsync(Socket from, Socket to, Look look, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and int read)
        {
            if (look(buffer.AsSpan(0, read)) is { } broken)
            {
                await broken.Meanwhile();
                return;
            }

            for (int sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), cancellationToken);
            }
        }
    }

    private delegate Break? Look(ReadOnlySpan<byte> bytes);

    private sealed record Break(Lost Lost, byte[] Text, Func<Task> Meanwhile);
}
