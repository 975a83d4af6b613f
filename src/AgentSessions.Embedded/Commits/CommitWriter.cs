using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Checkpoints;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Commits;

/// <summary>The one thread that writes: takes whatever waits, judges it, and makes it durable as one group.</summary>
/// <remarks>
/// While a group is flushed the next one gathers, so groups grow with the load and nothing ever waits on purpose. For each group:
/// <list type="number">
/// <item>each write is judged by what is stored and by the writes before it, and the good ones are written to one buffer;</item>
/// <item>the buffer is appended to the journal and flushed;</item>
/// <item>the good writes are applied, so that readers see them;</item>
/// <item>all writes are answered, also the stale ones: their answer tells of the others.</item>
/// </list>
/// A group that cannot be written fails as a whole, and leaves no trace.
/// </remarks>
internal sealed class CommitWriter : IDisposable
{
    /// <summary>A group ends when it has this many bytes; more would only delay its first commit.</summary>
    private const int GroupBytes = 1 << 20;

    private const int KeptBufferBytes = 4 << 20;

    private static readonly TimeSpan _sealDelay = TimeSpan.FromMilliseconds(50);

    private readonly JournalLog _journal;
    private readonly GroupContext _group;
    private readonly Checkpointer _checkpointer;
    private readonly Lock _gate = new();
    private readonly Doorbell _bell = Doorbell.Create();
    private readonly ByteWriter _buffer = new(KeptBufferBytes);
    private readonly Thread _thread;
    private List<PendingWrite> _waiting = [];
    private List<PendingWrite> _taken = [];
    private bool _isIdle;
    private bool _isStopped;
    private volatile bool _isSealed = true;

    public CommitWriter(JournalLog journal, long lastSession, Checkpointer checkpointer)
    {
        _journal = journal;
        _group = new GroupContext(lastSession);
        _checkpointer = checkpointer;
        _thread = new Thread(Work) { IsBackground = true, Name = "Store writer" };
        _thread.Start();
    }

    /// <summary>Whether a seal stands behind the last group.</summary>
    public bool IsSealed => _isSealed;

    /// <summary>Hands over a write; a store that is closed fails it.</summary>
    public void Enqueue(PendingWrite write)
    {
        bool isStopped;
        bool wakes = false;
        lock (_gate)
        {
            isStopped = _isStopped;
            if (!isStopped)
            {
                _waiting.Add(write);
                wakes = _isIdle;
                _isIdle = false;
            }
        }

        if (wakes)
        {
            _bell.Ring();
        }
        else if (isStopped)
        {
            write.Fail(new ObjectDisposedException("The store"));
        }
    }

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
        }

        _bell.Ring();
        _thread.Join();
    }

    private void Work()
    {
        while (Take())
        {
            for (int next = 0; next < _taken.Count;)
            {
                next = WriteGroup(next);
            }

            _taken.Clear();
        }
    }

    /// <summary>Waits for writes and takes them all.</summary>
    /// <returns>False when the store is closing and nothing is left.</returns>
    private bool Take()
    {
        while (true)
        {
            bool waits;
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    (_taken, _waiting) = (_waiting, _taken);
                    return true;
                }

                if (_isStopped && _isSealed)
                {
                    return false;
                }

                waits = _isIdle = !_isStopped;
            }

            // Whatever ends the wait, the next look finds what came in.
            if (waits && _bell.Wait(_isSealed ? Timeout.InfiniteTimeSpan : _sealDelay))
            {
                continue;
            }

            _journal.Seal();
            _isSealed = true;
        }
    }

    /// <returns>The first write that is not part of the group.</returns>
    private int WriteGroup(int first)
    {
        _group.Begin();
        _buffer.Clear();
        _buffer.Skip(FrameHeader.Size);
        int end = first;
        FramePlace place = default;
        bool isWritten = false;
        try
        {
            while (end < _taken.Count && TryAdd(_taken[end], isFirst: end == first))
            {
                end++;
                if (_buffer.Length >= GroupBytes || _taken[end - 1].IsAlone)
                {
                    break;
                }
            }

            isWritten = _buffer.Length > FrameHeader.Size;
            if (isWritten)
            {
                _checkpointer.WaitForRoom();
                place = _journal.Append(_buffer.Written);
            }
        }
        catch (Exception exception)
        {
            // What could not even be judged fails too, or it would be taken again for ever.
            end = Math.Max(end, first + 1);
            Fail(first, end, exception);
            return end;
        }

        if (isWritten)
        {
            Apply(first, end, place);
        }

        for (int i = first; i < end; i++)
        {
            _taken[i].Complete();
        }

        return end;
    }

    /// <returns>False if the write has to wait for the next group.</returns>
    private bool TryAdd(PendingWrite write, bool isFirst)
    {
        if (write.IsAlone && !isFirst)
        {
            return false;
        }

        int before = _buffer.Length;
        if (write.Judge(_group))
        {
            write.Write(_buffer, FrameHeader.Size);
            if (before > FrameHeader.Size && !_journal.HasRoomFor(_buffer.Length - FrameHeader.Size))
            {
                // What is in the buffer may still fit into the segment; this write begins the next one.
                _buffer.Truncate(before);
                return false;
            }
        }

        return true;
    }

    private void Apply(int first, int end, FramePlace place)
    {
        for (int i = first; i < end; i++)
        {
            _taken[i].Apply(place);
        }

        _journal.MarkApplied();
        _checkpointer.JournalGrew();
        _isSealed = false;
        _buffer.Shrink(KeptBufferBytes);
    }

    private void Fail(int first, int end, Exception exception)
    {
        Exception failure = exception as StoreUnavailableException
            ?? new StoreUnavailableException("The store's writer failed.", exception);
        for (int i = first; i < end; i++)
        {
            _taken[i].Fail(failure);
        }
    }
}
