using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams;

/// <summary>One followed stream: a window of its newest batches and the readers that wait.</summary>
internal sealed class LiveStream(int windowBytes)
{
    private readonly Lock _gate = new();
    private readonly List<RecordBatch> _window = [];
    private readonly List<StreamTail> _waiting = [];
    private int _dropped;
    private int _bytes;
    private int _readers;
    private long _rings;
    private long _newest;

    /// <summary>The tail as far as it was told here.</summary>
    public long Newest => Volatile.Read(ref _newest);

    public int Readers => Volatile.Read(ref _readers);

    /// <summary>Counts a reader in; false once the last one has left.</summary>
    public bool TryEnter(out bool isFirst)
    {
        lock (_gate)
        {
            isFirst = _readers == 0;
            if (_readers < 0)
            {
                return false;
            }

            _readers++;
            return true;
        }
    }

    /// <summary>Counts a reader out; true if it was the last, which ends this object.</summary>
    public bool Exit()
    {
        lock (_gate)
        {
            if (--_readers > 0)
            {
                return false;
            }

            _readers = -1;
            return true;
        }
    }

    public void Publish(RecordBatch batch)
    {
        StreamTail[] woken;
        lock (_gate)
        {
            if (Keep(batch))
            {
                _rings++;
            }

            woken = TakeWaiting();
        }

        Wake(woken);
    }

    public void Ring()
    {
        StreamTail[] woken;
        lock (_gate)
        {
            _rings++;
            woken = TakeWaiting();
        }

        Wake(woken);
    }

    public void Forget()
    {
        lock (_gate)
        {
            Clear();
            _rings++;
        }
    }

    /// <summary>The batch at a cursor, if the window has it.</summary>
    /// <param name="position">The cursor.</param>
    /// <param name="rings">How often the bell rang so far; hand it to <see cref="TryWait"/>.</param>
    /// <param name="caughtUp">Whether the cursor is where the window ends, so that nothing can be missing before it.</param>
    public RecordBatch? Find(Cursor position, out long rings, out bool caughtUp)
    {
        lock (_gate)
        {
            rings = _rings;
            caughtUp = false;
            if (_window.Count == _dropped || position < _window[_dropped].First)
            {
                return null;
            }

            if (position >= _window[^1].Tail)
            {
                caughtUp = position == _window[^1].Tail;
                return null;
            }

            return _window[IndexOf(position)].From(position);
        }
    }

    /// <summary>Puts a reader among the waiting, unless the bell rang since.</summary>
    public bool TryWait(StreamTail reader, long rings)
    {
        lock (_gate)
        {
            if (_rings != rings)
            {
                return false;
            }

            _waiting.Add(reader);
            return true;
        }
    }

    /// <summary>Takes a reader out; false if it was woken already.</summary>
    public bool StopWaiting(StreamTail reader)
    {
        lock (_gate)
        {
            return _waiting.Remove(reader);
        }
    }

    public void Expire(StreamHub hub)
    {
        List<StreamTail>? due = null;
        lock (_gate)
        {
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].IsDue(hub))
                {
                    (due ??= []).Add(_waiting[i]);
                    _waiting.RemoveAt(i);
                }
            }
        }

        due?.ForEach(static reader => reader.Wake());
    }

    private static void Wake(StreamTail[] readers)
    {
        foreach (StreamTail reader in readers)
        {
            reader.Wake();
        }
    }

    private StreamTail[] TakeWaiting()
    {
        if (_waiting.Count == 0)
        {
            return [];
        }

        StreamTail[] waiting = [.. _waiting];
        _waiting.Clear();
        return waiting;
    }

    /// <summary>Adds a batch at the window's end. A gap starts the window over; what is known already is left out.</summary>
    private bool Keep(RecordBatch batch)
    {
        if (_window.Count > _dropped)
        {
            Cursor tail = _window[^1].Tail;
            if (batch.Tail <= tail)
            {
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

        _window.Add(batch);
        Volatile.Write(ref _newest, batch.Tail.Value);
        _bytes += batch.Records.Length;
        while (_bytes > windowBytes && _window.Count - _dropped > 1)
        {
            _bytes -= _window[_dropped].Records.Length;
            _window[_dropped++] = null!;
        }

        // Dropping from the front one by one would shift the list each time.
        if (_dropped > 32 && _dropped * 2 > _window.Count)
        {
            _window.RemoveRange(0, _dropped);
            _dropped = 0;
        }

        return true;
    }

    private void Clear()
    {
        _window.Clear();
        _dropped = 0;
        _bytes = 0;
    }

    private int IndexOf(Cursor position)
    {
        int low = _dropped, high = _window.Count - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_window[middle].Tail > position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
