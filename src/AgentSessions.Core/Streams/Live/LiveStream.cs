using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Streams.Live;

/// <summary>One followed stream: a window of its newest batches and the readers that wait.</summary>
internal sealed class LiveStream(int windowBytes)
{
    private readonly Lock _gate = new();
    private readonly StreamWindow _window = new(windowBytes);
    private readonly List<StreamTail> _waiting = [];
    private int _readers;
    private long _rings;
    private long _interruptions;
    private long _newest;

    // After a bell without records there may be some behind the window's end.
    private bool _mayHaveMore;

    // When the first of those who wait is due. May be early, never late.
    private long _firstDue = long.MaxValue;
    private volatile bool _isOver;
    private string? _sessionId;

    /// <summary>The tail as far as it was told here.</summary>
    public long Newest => Volatile.Read(ref _newest);

    public int Readers => Volatile.Read(ref _readers);

    /// <summary>How often <see cref="Interrupt"/> was called.</summary>
    public long Interruptions => Volatile.Read(ref _interruptions);

    /// <summary>Whether the stream was deleted. One of the same name is another one.</summary>
    public bool IsOver => _isOver;

    /// <summary>Counts a reader in; false once the last one has left or the stream is over.</summary>
    public bool TryEnter(out bool isFirst)
    {
        lock (_gate)
        {
            isFirst = _readers == 0;
            if (_readers < 0 || _isOver)
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

    /// <summary>Adds a batch and wakes the readers; false if it shows that the stream is another one by now.</summary>
    public bool TryTell(RecordBatch batch)
    {
        StreamTail[] woken;
        lock (_gate)
        {
            if (_window.IsOlderThan(batch))
            {
                return false;
            }

            if (_window.TryAdd(batch))
            {
                Volatile.Write(ref _newest, batch.Tail.Value);
                _mayHaveMore = false;
                _rings++;
            }
            else if (_window.IsNewerThan(batch))
            {
                // Late news of a deleted stream, or of this one by a host that does not keep times from falling: the store knows.
                _mayHaveMore = true;
                _rings++;
            }

            woken = TakeWaiting();
        }

        Wake(woken);
        return true;
    }

    /// <summary>Wakes the readers, who then look at the store.</summary>
    public void Ring()
    {
        StreamTail[] woken;
        lock (_gate)
        {
            _mayHaveMore = true;
            _rings++;
            woken = TakeWaiting();
        }

        Wake(woken);
    }

    /// <summary>Wakes the readers, of whom some end their wait.</summary>
    public void Interrupt()
    {
        StreamTail[] woken;
        lock (_gate)
        {
            Volatile.Write(ref _interruptions, _interruptions + 1);
            _rings++;
            woken = TakeWaiting();
        }

        Wake(woken);
    }

    /// <summary>Ends the stream and its readers: it was deleted.</summary>
    public void End()
    {
        StreamTail[] woken;
        lock (_gate)
        {
            _isOver = true;
            _window.Clear();
            _rings++;
            woken = TakeWaiting();
        }

        Wake(woken);
    }

    /// <summary>Whether this is the stream of that session still; the first answer settles which one it is.</summary>
    /// <param name="sessionId">The friendly id of the session that has the stream's name; null if none has.</param>
    public bool IsOf(string? sessionId)
    {
        lock (_gate)
        {
            return sessionId is null ? _sessionId is null : (_sessionId ??= sessionId) == sessionId;
        }
    }

    /// <summary>How far memory and those who wait know the stream. A store that ends before that has another one.</summary>
    public Cursor Reach()
    {
        lock (_gate)
        {
            long reach = _window.Tail.Value;
            foreach (StreamTail reader in _waiting)
            {
                reach = Math.Max(reach, reader.Position.Value);
            }

            return new Cursor(reach);
        }
    }

    /// <summary>The batch at a cursor, if the window has it.</summary>
    /// <param name="position">The cursor.</param>
    /// <param name="known">Where the stream ends at least, though memory may not have heard of it.</param>
    /// <param name="rings">How often the bell rang so far; hand it to <see cref="TryWait"/>.</param>
    /// <param name="caughtUp">Whether the cursor is where the window ends, so that nothing can be missing before it.</param>
    public RecordBatch? Find(Cursor position, Cursor known, out long rings, out bool caughtUp)
    {
        lock (_gate)
        {
            rings = _rings;
            caughtUp = !_mayHaveMore && !_window.IsEmpty && position == _window.Tail && position >= known;
            if (_readers == 1)
            {
                // Most streams have one reader. What it has passed would only be carried through collections; another one that comes reads the store.
                _window.DropBefore(position);
            }

            return _window.Find(position);
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
            if (reader.DueAt < _firstDue)
            {
                Volatile.Write(ref _firstDue, reader.DueAt);
            }

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

    /// <summary>Wakes the readers that have waited for as long as they wanted to.</summary>
    /// <param name="now">The hub's time.</param>
    public void Expire(long now)
    {
        // Every stream is asked ten times a second, and hardly ever has anybody to wake: that costs one read.
        if (Volatile.Read(ref _firstDue) > now)
        {
            return;
        }

        List<StreamTail>? due = null;
        lock (_gate)
        {
            long firstDue = long.MaxValue;
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                StreamTail reader = _waiting[i];
                if (reader.DueAt <= now)
                {
                    (due ??= []).Add(reader);
                    _waiting.RemoveAt(i);
                }
                else
                {
                    firstDue = Math.Min(firstDue, reader.DueAt);
                }
            }

            Volatile.Write(ref _firstDue, firstDue);
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
}
