using System.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>The envelope of an appended text: <c>{"data":"…","id":"…"}</c> (wire document, section 5.1).</summary>
internal static class TextEnvelope
{
    private const int Frame = 32;

    /// <summary>Bytes that always suffice for a text and part id of these lengths.</summary>
    public static int MaxLength(int textBytes, int partIdChars) => (6 * textBytes) + (18 * partIdChars) + Frame;

    public static int Write(ReadOnlySpan<byte> text, string partId, Span<byte> target)
    {
        int length = 0;
        Append("{\"data\":\""u8, target, ref length);
        AppendEscaped(text, target, ref length);
        Append("\",\"id\":\""u8, target, ref length);
        AppendEscaped(Encoding.UTF8.GetBytes(partId), target, ref length);
        Append("\"}"u8, target, ref length);
        return length;
    }

    private static void Append(ReadOnlySpan<byte> bytes, Span<byte> target, ref int length)
    {
        bytes.CopyTo(target[length..]);
        length += bytes.Length;
    }

    private static void AppendEscaped(ReadOnlySpan<byte> bytes, Span<byte> target, ref int length)
    {
        foreach (byte value in bytes)
        {
            if (value is >= 0x20 and not (byte)'"' and not (byte)'\\')
            {
                target[length++] = value;
            }
            else
            {
                length += JsonEscape.Write(value, target[length..]);
            }
        }
    }
}
