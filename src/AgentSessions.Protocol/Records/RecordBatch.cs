namespace AgentSessions.Protocol.Records;

/// <summary>Consecutive records of one stream as they are stored and sent: JSON objects joined by commas.</summary>
/// <remarks>
/// The bytes are what stands between the brackets of <c>"records":[…]</c> in an SSE batch (wire document, section 5.2), so a reader's
/// frame is a copy and no JSON work. They are never changed once the batch exists; whoever holds the batch may keep them.
/// </remarks>
public sealed class RecordBatch
{
    /// <summary>Wraps stored bytes.</summary>
    /// <param name="first">The place of the first record.</param>
    /// <param name="count">How many records the bytes hold, at least 1.</param>
    /// <param name="timestamp">When the last record was made, in Unix milliseconds.</param>
    /// <param name="records">The records' JSON, joined by commas.</param>
    public RecordBatch(Cursor first, int count, long timestamp, ReadOnlyMemory<byte> records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        First = first;
        Count = count;
        Timestamp = timestamp;
        Records = records;
    }

    /// <summary>Wraps stored bytes whose number of records and last time are read from the bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes are not records that start at <paramref name="first"/>.</exception>
    public static RecordBatch Wrap(Cursor first, ReadOnlyMemory<byte> records)
    {
        (long last, long timestamp) = RecordBoundary.Last(records.Span);
        if (last < first.Value)
        {
            throw new InvalidDataException($"The bytes end with record {last}, before {first}.");
        }

        return new RecordBatch(first, checked((int)(last - first.Value + 1)), timestamp, records);
    }

    /// <summary>The place of the first record: its sequence number.</summary>
    public Cursor First { get; }

    /// <summary>How many records there are, at least 1.</summary>
    public int Count { get; }

    /// <summary>When the last record was made, in Unix milliseconds.</summary>
    public long Timestamp { get; }

    /// <summary>The records' JSON objects, joined by commas.</summary>
    public ReadOnlyMemory<byte> Records { get; }

    /// <summary>The place just after the last record.</summary>
    public Cursor Tail => new(First.Value + Count);

    /// <summary>The part of this batch at or after a cursor.</summary>
    /// <returns>This batch if the cursor is not past its first record; null if no record is left.</returns>
    public RecordBatch? From(Cursor cursor)
    {
        if (cursor <= First)
        {
            return this;
        }

        if (cursor >= Tail)
        {
            return null;
        }

        int start = RecordBoundary.Find(Records.Span, cursor.Value);
        return new RecordBatch(cursor, checked((int)(Tail.Value - cursor.Value)), Timestamp, Records[start..]);
    }

    /// <summary>The first records of this batch, as many as fit in a number of bytes and at least one.</summary>
    public RecordBatch Within(int maxBytes)
    {
        if (Records.Length <= maxBytes)
        {
            return this;
        }

        int length = RecordBoundary.LengthWithin(Records.Span, maxBytes);
        return length == Records.Length ? this : Wrap(First, Records[..length]);
    }
}
