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
}
