using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace AgentSessions.Server.Tests;

/// <summary>A TCP connection that does what no HTTP client would do: nothing.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawClient()
    {
    }

    /// <summary>Connects.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="receiveBuffer">How many bytes the system takes in for it, about; null for as many as it likes.</param>
    public static async Task<RawClient> ConnectAsync(Uri server, int? receiveBuffer = null)
    {
        var client = new RawClient();
        client._socket.ReceiveBufferSize = receiveBuffer ?? client._socket.ReceiveBufferSize;
        await client._socket.ConnectAsync(server.Host, server.Port);
        return client;
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads until a text has come, and nothing behind it.</summary>
    public async Task ReadThroughAsync(string wanted)
    {
        var text = new StringBuilder();
        byte[] next = new byte[1];
        while (!text.ToString().EndsWith(wanted, StringComparison.Ordinal))
        {
            Assert.True(await _socket.ReceiveAsync(next) > 0, $"The connection was closed before '{wanted}': {text}");
            text.Append((char)next[0]);
        }
    }

    /// <summary>From now on it is as if the machine had lost its power: what is sent to it is neither taken nor acknowledged nor refused (Linux only).</summary>
    public void LosePower()
    {
        const int SocketLevel = 1, AttachFilter = 26;
        nint program = Marshal.AllocHGlobal(sizeof(long));
        try
        {
            // One instruction, "return 0": of each segment keep nothing.
            Marshal.WriteInt64(program, 6);
            Span<byte> filter = stackalloc byte[2 * sizeof(long)];
            filter.Clear();
            BinaryPrimitives.WriteInt16LittleEndian(filter, 1);
            BinaryPrimitives.WriteInt64LittleEndian(filter[sizeof(long)..], program);
            _socket.SetRawSocketOption(SocketLevel, AttachFilter, filter);
        }
        finally
        {
            Marshal.FreeHGlobal(program);
        }
    }

    /// <summary>Sends a byte each second, reading nothing that is not an end, until the server ends the connection.</summary>
    /// <param name="drip">The byte; null to send nothing.</param>
    /// <param name="limit">Gives up.</param>
    /// <returns>What the server said before, and how long it took.</returns>
    public async Task<(string Said, TimeSpan After)> OutlastAsync(char? drip, CancellationToken limit)
    {
        long began = Stopwatch.GetTimestamp();
        var said = new StringBuilder();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit);
        Task dripping = drip is { } letter ? DripAsync(letter, over.Token) : Task.CompletedTask;
        byte[] buffer = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(buffer, limit) is > 0 and int read)
            {
                said.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // Cut instead of closed.
        }

        TimeSpan after = Stopwatch.GetElapsedTime(began);
        await over.CancelAsync();
        await dripping;
        return (said.ToString(), after);
    }

    public void Dispose() => _socket.Dispose();

    private async Task DripAsync(char letter, CancellationToken over)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_pause, over);
                await _socket.SendAsync(new[] { (byte)letter }, over);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The server has ended it.
        }
    }
}
