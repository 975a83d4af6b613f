using System.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>How large a record may be (wire document, section 3).</summary>
public static class RecordLimits
{
    /// <summary>8 + header bytes + body bytes of one record, as stored. 1 MiB.</summary>
    public const int MaxRecordBytes = 1024 * 1024;

    /// <summary>What counts against the limit for a finished record.</summary>
    public static long Measure(int bodyBytes, IReadOnlyList<RecordHeader> headers)
    {
        long size = 8L + bodyBytes;
        foreach (RecordHeader header in headers)
        {
            size += Encoding.UTF8.GetByteCount(header.Name) + Encoding.UTF8.GetByteCount(header.Value);
        }

        return size;
    }

    /// <summary>What counts against the limit for a text once it is wrapped in its envelope.</summary>
    public static long MeasureText(ReadOnlySpan<byte> text, string partId)
    {
        byte[] target = System.Buffers.ArrayPool<byte>.Shared.Rent(TextEnvelope.MaxLength(text.Length, partId.Length));
        int length = TextEnvelope.Write(text, partId, target);
        System.Buffers.ArrayPool<byte>.Shared.Return(target);
        return 8L + length;
    }
}
