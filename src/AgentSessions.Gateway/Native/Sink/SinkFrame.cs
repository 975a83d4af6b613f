using System.Buffers;
using System.Buffers.Binary;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>One frame of an append session: three bytes of length, a byte of flags, a body (wire document, section 11).</summary>
/// <param name="IsTerminal">Whether nothing follows.</param>
/// <param name="IsCompressed">Whether the body is compressed, which is not taken here.</param>
/// <param name="Body">The body.</param>
internal readonly record struct SinkFrame(bool IsTerminal, bool IsCompressed, ReadOnlySequence<byte> Body)
{
    /// <summary>The largest length, flags included.</summary>
    public const int MaxLength = 2 * 1024 * 1024;

    private const int Prefix = 3;
    private const byte Terminal = 0x80;
    private const byte Compression = 0x60;

    /// <summary>Takes a whole frame off the front; false while it is not there yet.</summary>
    /// <exception cref="InvalidDataException">The length is impossible.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> received, out SinkFrame frame)
    {
        frame = default;
        if (received.Length < Prefix + 1)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[Prefix + 1];
        received.Slice(0, start.Length).CopyTo(start);
        int length = (start[0] << 16) | (start[1] << 8) | start[2];
        if (length is < 1 or > MaxLength)
        {
            throw new InvalidDataException("A frame has an impossible length.");
        }

        if (received.Length < Prefix + length)
        {
            return false;
        }

        frame = new SinkFrame((start[3] & Terminal) != 0, (start[3] & Compression) != 0, received.Slice(Prefix + 1, length - 1));
        received = received.Slice(Prefix + length);
        return true;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> body) => Write(output, flags: 0, body);

    /// <summary>The last frame of a session that failed: a status and JSON that says why.</summary>
    public static void WriteError(IBufferWriter<byte> output, int status, ReadOnlySpan<byte> json)
    {
        byte[] body = new byte[json.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)status);
        json.CopyTo(body.AsSpan(2));
        Write(output, Terminal, body);
    }

    private static void Write(IBufferWriter<byte> output, byte flags, ReadOnlySpan<byte> body)
    {
        int length = body.Length + 1;
        output.Write([(byte)(length >> 16), (byte)(length >> 8), (byte)length, flags]);
        output.Write(body);
    }
}
