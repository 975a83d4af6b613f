using System.Buffers;
using System.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>How large a record may be (wire document, section 3).</summary>
public static class RecordLimits
{
    /// <summary>8 + header bytes + body bytes of one record, as stored. 1 MiB.</summary>
    public const int MaxRecordBytes = 1024 * 1024;

    private const long FixedBytes = 8;

    /// <summary>What counts against the limit for a finished record.</summary>
    public static long Measure(int bodyBytes, IReadOnlyList<RecordHeader> headers)
    {
        long size = FixedBytes + bodyBytes;
        foreach (RecordHeader header in headers)
        {
            size += Encoding.UTF8.GetByteCount(header.Name) + Encoding.UTF8.GetByteCount(header.Value);
        }

        return size;
    }

    /// <summary>Whether a text fits once it is wrapped in its envelope.</summary>
    public static bool FitsText(ReadOnlySpan<byte> text, string partId)
    {
        int most = TextEnvelope.MaxLength(text.Length, partId.Length);
        if (FixedBytes + most <= MaxRecordBytes)
        {
            return true;
        }

        // Only what might be too large is wrapped to see how large it is.
        byte[] target = ArrayPool<byte>.Shared.Rent(most);
        int length = TextEnvelope.Write(text, partId, target);
        ArrayPool<byte>.Shared.Return(target);
        return FixedBytes + length <= MaxRecordBytes;
    }
}
