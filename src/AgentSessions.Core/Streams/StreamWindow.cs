using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams;

/// <summary>The newest batches of a stream, without a gap. Not thread-safe.</summary>
internal sealed class StreamWindow(int maxBytes)
{
    private const int FewDropped = 32;

    private readonly List<RecordBatch> _batches = [];
    private int _dropped;
    private int _bytes;

    public bool IsEmpty => _batches.Count == _dropped;

    /// <summary>Just after the newest record; the start when there is none.</summary>
    public Cursor Tail => IsEmpty ? Cursor.Start : _batches[^1].Tail;

    /// <summary>Whether a batch is of a stream that took the name of this one: times never fall, and it has an earlier place and a later time.</summary>
    public bool IsOlderThan(RecordBatch batch) => !IsEmpty && batch.Tail <= Tail && batch.Timestamp > _batches[^1].Timestamp;

    /// <summary>Adds a batch at the end. A gap starts the window over; what is known already is left out.</summary>
    public bool TryAdd(RecordBatch batch)
    {
        if (!IsEmpty)
        {
            Cursor tail = Tail;
            if (batch.Tail <= tail || (batch.First >= tail && batch.Timestamp < _batches[^1].Timestamp))
            {
                // Known, or late news of a stream that was deleted.
                return false;
            }

            if (batch.First > tail)
            {
                Clear();
            }
            else
            {
                batch = batch.From(tail)!;
            }
        }

        _batches.Add(batch);
        _bytes += batch.Records.Length;
        DropOldest();
        return true;
    }

    public void Clear()
    {
        _batches.Clear();
        _dropped = 0;
        _bytes = 0;
    }

    /// <summary>The batch at a cursor, or null if it is not here.</summary>
    public RecordBatch? Find(Cursor position)
    {
        if (IsEmpty || position < _batches[_dropped].First || position >= Tail)
        {
            return null;
        }

        int low = _dropped, high = _batches.Count - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_batches[middle].Tail > position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return _batches[low].From(position);
    }

    /// <summary>Drops what ends before a cursor, but for the newest batch: it tells where the stream ends.</summary>
    public void DropBefore(Cursor position)
    {
        while (_batches.Count - _dropped > 1 && _batches[_dropped].Tail <= position)
        {
            DropFirst();
        }
    }

    private void DropOldest()
    {
        while (_bytes > maxBytes && _batches.Count - _dropped > 1)
        {
            DropFirst();
        }

        // Dropping from the front one by one would shift the list each time.
        if (_dropped > FewDropped && _dropped * 2 > _batches.Count)
        {
            _batches.RemoveRange(0, _dropped);
            _dropped = 0;
        }
    }

    private void DropFirst()
    {
        _bytes -= _batches[_dropped].Records.Length;
        _batches[_dropped++] = null!;
    }
}
