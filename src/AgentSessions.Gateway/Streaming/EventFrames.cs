using System.Buffers;
using System.Buffers.Text;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Streaming;

/// <summary>Writes server-sent events by hand, from the bytes that are stored (wire document, section 5.2).</summary>
internal static class EventFrames
{
    // Fixed text and up to three numbers of 20 digits.
    private const int MaxFrame = 160;

    // Up to here a batch is written into one span; asking the server for room costs more than the copy.
    private const int MaxWhole = 2048;

    /// <summary>One <c>batch</c> event of consecutive batches.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="batches">At least one.</param>
    /// <param name="tail">The place the next record gets.</param>
    /// <param name="tailTimestamp">When the newest record was made, in Unix milliseconds.</param>
    public static void WriteBatch(IBufferWriter<byte> output, ReadOnlySpan<RecordBatch> batches, Cursor tail, long tailTimestamp)
    {
        long bytes = batches.Length - 1;
        foreach (RecordBatch batch in batches)
        {
            bytes += batch.Records.Length;
        }

        if (batches.Length == 1 && bytes <= MaxWhole)
        {
            Span<byte> whole = output.GetSpan((int)bytes + (2 * MaxFrame));
            int written = 0;
            AppendHead(whole, ref written, batches, bytes);
            Append(whole, ref written, batches[0].Records.Span);
            Append(whole, ref written, "]"u8);
            AppendTail(whole, ref written, tail, tailTimestamp);
            output.Advance(written);
            return;
        }

        Span<byte> span = output.GetSpan(MaxFrame);
        int length = 0;
        AppendHead(span, ref length, batches, bytes);
        output.Advance(length);

        for (int i = 0; i < batches.Length; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            output.Write(batches[i].Records.Span);
        }

        span = output.GetSpan(MaxFrame);
        length = 0;
        Append(span, ref length, "]"u8);
        AppendTail(span, ref length, tail, tailTimestamp);
        output.Advance(length);
    }

    /// <summary>A <c>ping</c> event: the stream lives and has nothing to say.</summary>
    public static void WritePing(IBufferWriter<byte> output, long timestamp, Cursor tail, long tailTimestamp)
    {
        Span<byte> span = output.GetSpan(MaxFrame);
        int length = 0;
        Append(span, ref length, "event: ping\ndata: {\"timestamp\":"u8);
        Append(span, ref length, timestamp);
        AppendTail(span, ref length, tail, tailTimestamp);
        output.Advance(length);
    }

    /// <summary>The end marker: this window is over. It has no event name.</summary>
    public static void WriteEnd(IBufferWriter<byte> output) => output.Write("data: [DONE]\n\n"u8);

    /// <summary>An <c>error</c> event; the stream is closed behind it without the end marker, so that clients come back.</summary>
    public static void WriteError(IBufferWriter<byte> output) => output.Write("event: error\ndata: The stream cannot be read right now\n\n"u8);

    private static void AppendHead(Span<byte> span, ref int length, ReadOnlySpan<RecordBatch> batches, long bytes)
    {
        Append(span, ref length, "id: "u8);
        Append(span, ref length, batches[0].First.Value);
        Append(span, ref length, ","u8);
        Append(span, ref length, batches[^1].Tail.LastSequence);
        Append(span, ref length, ","u8);
        Append(span, ref length, bytes);
        Append(span, ref length, "\nevent: batch\ndata: {\"records\":["u8);
    }

    private static void AppendTail(Span<byte> span, ref int length, Cursor tail, long timestamp)
    {
        Append(span, ref length, ",\"tail\":{\"seq_num\":"u8);
        Append(span, ref length, tail.Value);
        Append(span, ref length, ",\"timestamp\":"u8);
        Append(span, ref length, timestamp);
        Append(span, ref length, "}}\n\n"u8);
    }

    private static void Append(Span<byte> span, ref int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(span[length..]);
        length += text.Length;
    }

    private static void Append(Span<byte> span, ref int length, long number)
    {
        Utf8Formatter.TryFormat(number, span[length..], out int written);
        length += written;
    }
}
