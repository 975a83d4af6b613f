using System.Buffers.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>Finds where a record starts inside a batch without parsing JSON.</summary>
/// <remarks>
/// Every record starts with <see cref="Mark"/>. Inside a JSON string its quotes are escaped, and a record holds nothing but strings
/// and numbers besides its own keys, so the mark occurs nowhere else.
/// </remarks>
internal static class RecordBoundary
{
    public static ReadOnlySpan<byte> Mark => "{\"seq_num\":"u8;

    /// <summary>The offset of the record with this sequence number.</summary>
    /// <exception cref="InvalidDataException">The bytes do not hold it.</exception>
    public static int Find(ReadOnlySpan<byte> records, long sequence)
    {
        int offset = 0;
        while (true)
        {
            int found = records[offset..].IndexOf(Mark);
            if (found < 0)
            {
                throw new InvalidDataException($"The batch holds no record {sequence}.");
            }

            offset += found;
            if (Utf8Parser.TryParse(records[(offset + Mark.Length)..], out long number, out _) && number == sequence)
            {
                return offset;
            }

            offset += Mark.Length;
        }
    }

    /// <summary>The length of the first record in the bytes, without the comma behind it.</summary>
    public static int Length(ReadOnlySpan<byte> records)
    {
        int next = records[Mark.Length..].IndexOf(Mark);
        return next < 0 ? records.Length : Mark.Length + next - 1;
    }

    /// <summary>The length of the whole records at the start that take at most so many bytes; of the first one if it is longer.</summary>
    public static int LengthWithin(ReadOnlySpan<byte> records, int maxBytes)
    {
        // The mark behind the last record that fits starts one comma after it.
        int cut = records[..Math.Min(records.Length, Math.Max(maxBytes, 0) + 1 + Mark.Length)].LastIndexOf(Mark);
        return cut > 0 ? cut - 1 : Length(records);
    }

    /// <summary>The sequence number and timestamp of the last record in the bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes do not hold one.</exception>
    public static (long Sequence, long Timestamp) Last(ReadOnlySpan<byte> records)
    {
        int start = records.LastIndexOf(Mark);
        if (start >= 0)
        {
            ReadOnlySpan<byte> rest = records[(start + Mark.Length)..];
            ReadOnlySpan<byte> next = ",\"timestamp\":"u8;
            if (Utf8Parser.TryParse(rest, out long sequence, out int digits)
                && rest[digits..].StartsWith(next)
                && Utf8Parser.TryParse(rest[(digits + next.Length)..], out long timestamp, out _))
            {
                return (sequence, timestamp);
            }
        }

        throw new InvalidDataException("The bytes are not the wire form of records.");
    }
}
