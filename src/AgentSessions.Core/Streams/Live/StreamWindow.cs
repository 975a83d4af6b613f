using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>The newest batches of a stream, without a gap, and where it ends even when they are dropped. Not thread-safe.</summary>
internal sealed class StreamWindow(int maxBytes)
{
    private const int FewDropped = 32;

    private readonly List<RecordBatch> _batches = [];
    private int _dropped;
    private int _bytes;
    private long _timestamp;

    /// <summary>Whether nothing was ever added, so that the end is not known.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Just after the newest record; the start when there is none.</summary>
    public Cursor Tail { get; private set; } = Cursor.Start;

    /// <summary>Whether a batch is of a stream that took the name of this one: times never fall, and it has an earlier place and a later time.</summary>
    public bool IsOlderThan(RecordBatch batch) => !IsEmpty && batch.Tail <= Tail && batch.Timestamp > _timestamp;

    /// <summary>Whether a batch is of a stream whose name this one took: times never fall, and it has a later place and an earlier time.</summary>
    public bool IsNewerThan(RecordBatch batch) => !IsEmpty && batch.First >= Tail && batch.Timestamp < _timestamp;

    /// <summary>Adds a batch at the end. A gap starts the window over; what is known already is left out.</summary>
    public bool TryAdd(RecordBatch batch)
    {
        if (!IsEmpty)
        {
            if (batch.Tail <= Tail || IsNewerThan(batch))
            {
                return false;
            }

            if (batch.First > Tail)
            {
                Clear();
            }
            else
            {
                batch = batch.From(Tail)!;
            }
        }

        _batches.Add(batch);
        _bytes += batch.Records.Length;
        IsEmpty = false;
        Tail = batch.Tail;
        _timestamp = batch.Timestamp;
        DropOldest();
        return true;
    }

    public void Clear()
    {
        _batches.Clear();
        _dropped = 0;
        _bytes = 0;
        _timestamp = 0;
        IsEmpty = true;
        Tail = Cursor.Start;
    }

    /// <summary>The batch at a cursor, or null if it is not here.</summary>
    public RecordBatch? Find(Cursor position)
    {
        if (_batches.Count == _dropped || position < _batches[_dropped].First || position >= Tail)
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

    /// <summary>Drops what ends at a cursor or before it.</summary>
    public void DropBefore(Cursor position)
    {
        while (_batches.Count > _dropped && _batches[_dropped].Tail <= position)
        {
            DropFirst();
        }

        if (_batches.Count == _dropped)
        {
            _batches.Clear();
            _dropped = 0;
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
