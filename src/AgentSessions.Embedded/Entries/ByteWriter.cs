using System.Text;

namespace AgentSessions.Embedded.Entries;

/// <summary>A growing buffer that values are written to in the store's binary form: small numbers in few bytes, texts as UTF-8 with a length.</summary>
internal sealed class ByteWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[capacity];

    public int Length { get; private set; }

    public Span<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Takes back what was written after a length.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Gives back memory that only an unusually large value needed.</summary>
    public void Shrink(int capacity)
    {
        if (_buffer.Length > capacity)
        {
            _buffer = new byte[capacity];
            Length = 0;
        }
    }

    /// <summary>Leaves room for bytes that are written later.</summary>
    public void Skip(int count)
    {
        Ensure(count);
        _buffer.AsSpan(Length, count).Clear();
        Length += count;
    }

    public void Byte(byte value)
    {
        Ensure(1);
        _buffer[Length++] = value;
    }

    /// <summary>A number that is never negative.</summary>
    public void Number(long value) => Varint((ulong)value);

    /// <summary>A number that may be negative.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        Ensure(length);
        Encoding.UTF8.GetBytes(value, _buffer.AsSpan(Length));
        Length += length;
    }

    /// <summary>A text or null.</summary>
    public void OptionalText(string? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            Text(value);
        }
    }

    public void Texts(IReadOnlyList<string> values)
    {
        Number(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            Text(values[i]);
        }
    }

    /// <summary>A point in time, in ticks of 100 ns.</summary>
    public void Time(DateTimeOffset value) => Number(value.UtcTicks);

    public void OptionalTime(DateTimeOffset? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } time)
        {
            Time(time);
        }
    }

    /// <summary>Bytes with their length before them.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        Raw(value);
    }

    /// <summary>Bytes alone.</summary>
    public void Raw(ReadOnlySpan<byte> value)
    {
        Ensure(value.Length);
        value.CopyTo(_buffer.AsSpan(Length));
        Length += value.Length;
    }

    private void Varint(ulong value)
    {
        Ensure(10);
        while (value >= 0x80)
        {
            _buffer[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[Length++] = (byte)value;
    }

    private void Ensure(int more)
    {
        if (Length + more > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(Length + more, _buffer.Length * 2));
        }
    }
}
