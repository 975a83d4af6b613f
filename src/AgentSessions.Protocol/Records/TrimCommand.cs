using System.Buffers.Binary;
using System.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>The command record that says which records of a stream are gone (wire document, sections 5.7 and 6).</summary>
/// <remarks>Its body is eight raw bytes, big-endian. As text each byte is the character of that number.</remarks>
public static class TrimCommand
{
    private const int Length = 8;

    /// <summary>The headers of a trim command.</summary>
    public static IReadOnlyList<RecordHeader> Headers { get; } = [new RecordHeader("", ControlHeaders.Trim)];

    /// <summary>The body, as UTF-8.</summary>
    /// <param name="firstKept">Records before it are gone.</param>
    public static byte[] Body(Cursor firstKept)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, firstKept.Value);
        return Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes));
    }

    /// <summary>The first record to keep, or null for a record that is no trim command or names no place.</summary>
    /// <param name="body">The body, as UTF-8.</param>
    /// <param name="headers">The record's headers.</param>
    public static Cursor? Read(ReadOnlySpan<byte> body, IReadOnlyList<RecordHeader> headers)
    {
        if (headers is not [{ Name: "", Value: ControlHeaders.Trim }, ..])
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(body);
        if (text.Length != Length || text.Any(static letter => letter > 0xFF))
        {
            return null;
        }

        long firstKept = BinaryPrimitives.ReadInt64BigEndian(Encoding.Latin1.GetBytes(text));
        return firstKept < 0 ? null : new Cursor(firstKept);
    }
}
