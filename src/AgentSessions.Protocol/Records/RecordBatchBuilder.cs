using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace AgentSessions.Protocol.Records;

/// <summary>Serialises consecutive records once, by hand, into the bytes that are stored and sent.</summary>
/// <remarks>
/// Not safe for use by two threads at once. The writer of a stream knows its tail, so sequence numbers are given here; the append names
/// the tail the builder started from, and loses as a whole if another writer moved it (wire document, sections 5 and 6).
/// </remarks>
public sealed class RecordBatchBuilder
{
    private static readonly SearchValues<byte> _escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    /// <summary>A longer text is left to the writer that measures chunks against the wire's limit.</summary>
    private const int MaxPlainLength = 64 * 1024;

    private const int MinCapacity = 256;
    private const int MaxCapacity = 64 * 1024;

    private static readonly SearchValues<char> _plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x7F - 0x20).Select(value => (char)value).Except(['"', '\\'])]);

    private readonly ArrayPool<byte> _pool;
    private byte[] _buffer = [];
    private int _length;

    // Behind the last whole record. What follows belongs to one that is being written, or whose writing failed.
    private int _end;
    private Cursor _first;
    private int _count;
    private long _timestamp;

    /// <summary>Starts an empty builder.</summary>
    /// <param name="tail">The stream's tail: the first record gets this sequence number.</param>
    /// <param name="capacity">Bytes to set aside for the first record.</param>
    public RecordBatchBuilder(Cursor tail, int capacity = 1024)
        : this(tail, capacity, ArrayPool<byte>.Shared)
    {
    }

    internal RecordBatchBuilder(Cursor tail, int capacity, ArrayPool<byte> pool)
    {
        _pool = pool;
        _first = tail;
        Capacity = capacity;
    }

    /// <summary>Bytes that are set aside at a time: enough for batches such as the last ones. Good to start another builder of the stream with.</summary>
    public int Capacity { get; private set; }

    /// <summary>The place the next record gets.</summary>
    public Cursor Tail => new(_first.Value + _count);

    /// <summary>Records written since the last <see cref="Take"/>.</summary>
    public int Count => _count;

    /// <summary>Bytes written since the last <see cref="Take"/>.</summary>
    public int Length => _end;

    /// <summary>Adds a data record of <c>out</c>: the chunk as a JSON value in the envelope.</summary>
    /// <param name="chunk">The chunk's compact JSON as UTF-8.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <remarks>The envelope's id is the record's own number, so it is unique in the stream without randomness.</remarks>
    public void AddChunk(ReadOnlySpan<byte> chunk, long timestamp)
    {
        Begin(timestamp);
        Append("{\\\"data\\\":"u8);
        AppendEscaped(chunk);
        Append(",\\\"id\\\":\\\""u8);
        AppendNumber(Tail.Value);
        Append("\\\"}\"}"u8);
        End(timestamp);
    }

    /// <summary>Adds a <c>text-delta</c> chunk as <see cref="AddChunk"/> does, without the JSON in between, if nothing in it needs an escape.</summary>
    /// <param name="id">The part's id.</param>
    /// <param name="delta">The text.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <returns>False, and nothing was added, for a text that the general way has to write.</returns>
    public bool TryAddTextDelta(string id, string delta, long timestamp)
    {
        if (!IsPlain(id) || !IsPlain(delta))
        {
            return false;
        }

        Begin(timestamp);
        Append("{\\\"data\\\":{\\\"type\\\":\\\"text-delta\\\",\\\"id\\\":\\\""u8);
        AppendPlain(id);
        Append("\\\",\\\"delta\\\":\\\""u8);
        AppendPlain(delta);
        Append("\\\"},\\\"id\\\":\\\""u8);
        AppendNumber(Tail.Value);
        Append("\\\"}\"}"u8);
        End(timestamp);
        return true;
    }

    /// <summary>Adds a record as a client appended it: its text as a JSON string in the envelope, with the part id.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="partId">The idempotency key of the append.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <param name="headers">What the server adds; left out on the wire when empty.</param>
    public void AddText(ReadOnlySpan<byte> text, string partId, long timestamp, params ReadOnlySpan<RecordHeader> headers)
    {
        byte[] rented = _pool.Rent(TextEnvelope.MaxLength(text.Length, partId.Length));
        try
        {
            int written = TextEnvelope.Write(text, partId, rented);
            Add(rented.AsSpan(0, written), headers, timestamp);
        }
        finally
        {
            _pool.Return(rented);
        }
    }

    /// <summary>Adds a record whose body is already in its final form (control records, and records written through the sink).</summary>
    /// <param name="body">The body's text as UTF-8.</param>
    /// <param name="headers">Left out on the wire when empty.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    public void Add(ReadOnlySpan<byte> body, ReadOnlySpan<RecordHeader> headers, long timestamp)
    {
        Begin(timestamp);
        AppendEscaped(body);
        Append("\""u8);
        if (headers.Length > 0)
        {
            Append(",\"headers\":["u8);
            for (int i = 0; i < headers.Length; i++)
            {
                Append(i == 0 ? "[\""u8 : ",[\""u8);
                AppendEscaped(headers[i].Name);
                Append("\",\""u8);
                AppendEscaped(headers[i].Value);
                Append("\"]"u8);
            }

            Append("]"u8);
        }

        Append("}"u8);
        End(timestamp);
    }

    /// <summary>Adds the command that says records before <paramref name="firstKept"/> are gone.</summary>
    public void AddTrim(Cursor firstKept, long timestamp) => Add(TrimCommand.Body(firstKept), [.. TrimCommand.Headers], timestamp);

    /// <summary>Hands out what was written and starts again at the new tail.</summary>
    /// <returns>Null when nothing was written.</returns>
    public RecordBatch? Take()
    {
        if (_count == 0)
        {
            return null;
        }

        var batch = new RecordBatch(_first, _count, _timestamp, TakeBytes());
        _first = Tail;
        _count = 0;
        _length = _end = 0;
        return batch;
    }

    /// <summary>Copies what was written: batches are kept for a while, and empty room with them would be too. The buffer serves whoever writes next.</summary>
    private ReadOnlyMemory<byte> TakeBytes()
    {
        byte[] batch = GC.AllocateUninitializedArray<byte>(_end);
        _buffer.AsSpan(0, _end).CopyTo(batch);
        _pool.Return(_buffer);
        _buffer = [];
        Capacity = _end > Capacity ? Math.Min(_end, MaxCapacity)
            : _end < Capacity / 4 ? Math.Max(Capacity / 2, MinCapacity)
            : Capacity;
        return batch;
    }

    /// <summary>Begins a record in place of one that was not ended, because there was no memory for it.</summary>
    private void Begin(long timestamp)
    {
        _length = _end;
        if (_count > 0)
        {
            Append(","u8);
        }

        Append(RecordBoundary.Mark);
        AppendNumber(Tail.Value);
        Append(",\"timestamp\":"u8);
        AppendNumber(timestamp);
        Append(",\"body\":\""u8);
    }

    private void End(long timestamp)
    {
        _timestamp = timestamp;
        _end = _length;
        _count++;
    }

    private void AppendNumber(long value)
    {
        Ensure(20);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_length), out int written);
        _length += written;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Whether a text is ASCII that JSON takes as it is, however often it is put into a string.</summary>
    private static bool IsPlain(string text) => text.Length <= MaxPlainLength && !text.AsSpan().ContainsAnyExcept(_plain);

    private void AppendPlain(string text)
    {
        Ensure(text.Length);
        Ascii.FromUtf16(text, _buffer.AsSpan(_length), out int written);
        _length += written;
    }

    private void AppendEscaped(string text)
    {
        byte[] rented = _pool.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int written = Encoding.UTF8.GetBytes(text, rented);
        AppendEscaped(rented.AsSpan(0, written));
        _pool.Return(rented);
    }

    private void AppendEscaped(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            int next = bytes.IndexOfAny(_escaped);
            if (next < 0)
            {
                Append(bytes);
                return;
            }

            Ensure(next + 6);
            bytes[..next].CopyTo(_buffer.AsSpan(_length));
            _length += next;
            _length += JsonEscape.Write(bytes[next], _buffer.AsSpan(_length));
            bytes = bytes[(next + 1)..];
        }
    }

    private void Ensure(int more)
    {
        if (_length + more > _buffer.Length)
        {
            byte[] larger = _pool.Rent(Math.Max(_length + more, Math.Max(Capacity, _buffer.Length * 2)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            if (_buffer.Length > 0)
            {
                _pool.Return(_buffer);
            }

            _buffer = larger;
        }
    }
}
