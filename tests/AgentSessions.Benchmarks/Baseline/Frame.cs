using System.Buffers;
using System.Buffers.Text;

namespace AgentSessions.Benchmarks.Baseline;

/// <summary>Writes a range of a turn's records as one SSE event, byte by byte.</summary>
internal static class Frame
{
    // The boundary carries a token as a real server's does; its size is what matters here.
    private static readonly byte[] BoundaryHeaders = [
        .. ",\"body\":\"\",\"headers\":[[\"trigger-control\",\"turn-complete\"],[\"public-access-token\",\""u8,
        .. new string('e', 400).Select(letter => (byte)letter),
        .. "\"],[\"session-in-event-id\",\""u8];

    private static ReadOnlySpan<byte> DeltaStart => ",\"body\":\"{\\\"data\\\":{\\\"type\\\":\\\"text-delta\\\",\\\"id\\\":\\\"t0\\\",\\\"delta\\\":\\\"~"u8;

    private static ReadOnlySpan<byte> DeltaMiddle => "~abcdefghijk \\\"},\\\"id\\\":\\\""u8;

    public static void Write(IBufferWriter<byte> output, TurnRecords turn, long first, long end)
    {
        Span<byte> timestamp = stackalloc byte[13];
        Utf8Formatter.TryFormat(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), timestamp, out _);

        Span<byte> span = output.GetSpan((int)(end - first) * 256 + 1_024);
        int at = 0;
        Put(span, ref at, "id: "u8);
        Put(span, ref at, end - 1);
        Put(span, ref at, "\nevent: batch\ndata: {\"records\":["u8);
        for (long sequence = first; sequence < end; sequence++)
        {
            Put(span, ref at, "{\"seq_num\":"u8);
            Put(span, ref at, sequence);
            Put(span, ref at, ",\"timestamp\":"u8);
            Put(span, ref at, timestamp);
            PutBody(span, ref at, turn, sequence);
            Put(span, ref at, sequence + 1 < end ? "},"u8 : "}"u8);
        }

        Put(span, ref at, "],\"tail\":{\"seq_num\":"u8);
        Put(span, ref at, end);
        Put(span, ref at, ",\"timestamp\":"u8);
        Put(span, ref at, timestamp);
        Put(span, ref at, "}}\n\n"u8);
        output.Advance(at);
    }

    private static void PutBody(Span<byte> span, ref int at, TurnRecords turn, long sequence)
    {
        if (sequence >= turn.FirstDelta && sequence < turn.EndDelta)
        {
            Put(span, ref at, DeltaStart);
            Utf8Formatter.TryFormat(sequence - turn.FirstDelta, span[at..], out int digits, new StandardFormat('D', 6));
            at += digits;
            Put(span, ref at, DeltaMiddle);
            Utf8Formatter.TryFormat(sequence & 0xfffffff, span[at..], out digits, new StandardFormat('x', 7));
            at += digits;
            Put(span, ref at, "\\\"}\""u8);
        }
        else if (sequence == turn.Boundary)
        {
            Put(span, ref at, BoundaryHeaders);
            Put(span, ref at, turn.Message);
            Put(span, ref at, "\"]]"u8);
        }
        else
        {
            Put(span, ref at, ",\"body\":\"{\\\"data\\\":{\\\"type\\\":\\\""u8);
            Put(span, ref at, OtherType(sequence - turn.First, sequence - turn.EndDelta));
            Put(span, ref at, "\\\"},\\\"id\\\":\\\""u8);
            Put(span, ref at, sequence);
            Put(span, ref at, "\\\"}\""u8);
        }
    }

    private static ReadOnlySpan<byte> OtherType(long fromStart, long fromEndDelta) => (fromStart, fromEndDelta) switch
    {
        (0, _) => "start"u8,
        (1, _) => "start-step"u8,
        (2, _) => "text-start"u8,
        (_, 0) => "text-end"u8,
        (_, 1) => "finish-step"u8,
        _ => "finish"u8,
    };

    private static void Put(Span<byte> span, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(span[at..]);
        at += bytes.Length;
    }

    private static void Put(Span<byte> span, ref int at, long number)
    {
        Utf8Formatter.TryFormat(number, span[at..], out int digits);
        at += digits;
    }
}
