using System.Buffers;

namespace AgentSessions.Gateway.Connections;

/// <summary>Tells from a connection's first bytes whether the client speaks HTTP/2 without asking (RFC 9113, section 3.4).</summary>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Bytes => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>True or false as soon as that is certain; null while the bytes are too few to tell.</summary>
    public static bool? IsAtStartOf(ReadOnlySequence<byte> received)
    {
        Span<byte> start = stackalloc byte[Bytes.Length];
        int length = (int)Math.Min(received.Length, start.Length);
        received.Slice(0, length).CopyTo(start);
        if (!start[..length].SequenceEqual(Bytes[..length]))
        {
            return false;
        }

        return length == Bytes.Length ? true : null;
    }
}
