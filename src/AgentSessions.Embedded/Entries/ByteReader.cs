using System.Text;

namespace AgentSessions.Embedded.Entries;

/// <summary>Reads what <see cref="ByteWriter"/> wrote.</summary>
/// <remarks>Every method throws <see cref="InvalidDataException"/> when the bytes end early or are not in that form.</remarks>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position == _bytes.Length;

    public byte Byte() => Raw(1)[0];

    public long Number() => (long)Varint();

    public int Count() => Varint() is var value and <= int.MaxValue ? (int)value : throw Invalid();

    public long Signed()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public string? OptionalText() => Byte() == 0 ? null : Text();

    public string[] Texts()
    {
        int count = Count();
        if (count > _bytes.Length - Position)
        {
            throw Invalid();
        }

        string[] values = count == 0 ? [] : new string[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Text();
        }

        return values;
    }

    public DateTimeOffset Time() =>
        Number() is var ticks && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw Invalid();

    public DateTimeOffset? OptionalTime() => Byte() == 0 ? null : Time();

    public ReadOnlySpan<byte> Bytes() => Raw(Count());

    public ReadOnlySpan<byte> Raw(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Invalid();
        }

        Position += count;
        return _bytes.Slice(Position - count, count);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Raw(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Invalid();
    }

    private static InvalidDataException Invalid() => new("Stored bytes are not in the store's form.");
}
