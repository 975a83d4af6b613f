namespace AgentSessions.Protocol.Records;

/// <summary>The escapes a JSON string needs and no more.</summary>
internal static class JsonEscape
{
    /// <summary>Writes the escape of a quote, backslash or control character.</summary>
    /// <param name="value">The character.</param>
    /// <param name="target">Room for at least 6 bytes.</param>
    /// <returns>The bytes written: 2 or 6.</returns>
    public static int Write(byte value, Span<byte> target)
    {
        byte letter = value switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => 0,
        };
        target[0] = (byte)'\\';
        if (letter != 0)
        {
            target[1] = letter;
            return 2;
        }

        "u00"u8.CopyTo(target[1..]);
        target[4] = Hex(value >> 4);
        target[5] = Hex(value & 0xF);
        return 6;
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}
