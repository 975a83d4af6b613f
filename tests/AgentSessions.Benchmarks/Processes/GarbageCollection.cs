using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AgentSessions.Benchmarks.Processes;

/// <summary>Makes another .NET process collect its garbage, so that memory figures count what is alive.</summary>
/// <remarks>
/// Speaks the runtime's diagnostics protocol: an event session with the collect keyword makes the runtime do one blocking
/// collection of all generations before the session's stream begins to flow.
/// </remarks>
internal static class GarbageCollection
{
    private const ulong CollectKeyword = 0x80_0000;
    private const uint Informational = 4;
    private const byte EventPipeCommands = 2;
    private const byte StopTracing = 1;
    private const byte CollectTracing = 2;
    private const int HeaderBytes = 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <returns>False when the process has no diagnostics socket here.</returns>
    public static async Task<bool> CollectAsync(int processId, CancellationToken cancellationToken)
    {
        // Processes of the same id that were killed have left theirs.
        string? path = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{processId.ToString(CultureInfo.InvariantCulture)}-*-socket")
            .MaxBy(File.GetLastWriteTimeUtc);
        if (path is null)
        {
            return false;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        await using NetworkStream session = await ConnectAsync(path, limit.Token);
        byte[] sessionId = await RequestAsync(session, CollectTracing, SessionPayload(), limit.Token);
        Task events = session.CopyToAsync(Stream.Null, limit.Token);

        // Stopping is answered once the collection is through, since both take the runtime's own turn.
        await using NetworkStream control = await ConnectAsync(path, limit.Token);
        await RequestAsync(control, StopTracing, sessionId, limit.Token);
        await events;
        return true;
    }

    private static async Task<NetworkStream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<byte[]> RequestAsync(NetworkStream stream, byte command, byte[] payload, CancellationToken cancellationToken)
    {
        byte[] message = new byte[HeaderBytes + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipeCommands;
        message[17] = command;
        payload.CopyTo(message, HeaderBytes);
        await stream.WriteAsync(message, cancellationToken);

        byte[] header = new byte[HeaderBytes];
        await stream.ReadExactlyAsync(header, cancellationToken);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderBytes];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return header[17] == 0 ? answer : throw new IOException("The runtime refused a diagnostics command.");
    }

    /// <summary>Buffer size in MB, stream format, one provider: keywords, level, name, no filter.</summary>
    private static byte[] SessionPayload()
    {
        const string Provider = "Microsoft-Windows-DotNETRuntime\0";
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        writer.Write(16u);
        writer.Write(1u);
        writer.Write(1u);
        writer.Write(CollectKeyword);
        writer.Write(Informational);
        writer.Write((uint)Provider.Length);
        writer.Write(Encoding.Unicode.GetBytes(Provider));
        writer.Write(0u);
        return bytes.ToArray();
    }
}
