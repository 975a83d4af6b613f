namespace AgentSessions.Embedded.Journal;

/// <summary>The segments that count, in order, and those given up that somebody still reads.</summary>
/// <remarks>One thread adds, one other releases, any thread pins.</remarks>
internal sealed class SegmentChain
{
    private readonly Lock _lock = new();
    private readonly List<JournalSegment> _segments;
    private readonly List<JournalSegment> _released = [];
    private readonly SpareFiles _spares;

    /// <param name="segments">Those that count, oldest first; at least one.</param>
    /// <param name="spares">Where the files go that nothing is read from any more.</param>
    public SegmentChain(List<JournalSegment> segments, SpareFiles spares)
    {
        _segments = segments;
        _spares = spares;
    }

    /// <summary>How many segments count.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _segments.Count;
            }
        }
    }

    /// <summary>Adds the segment behind the newest.</summary>
    public void Add(JournalSegment segment)
    {
        lock (_lock)
        {
            _segments.Add(segment);
        }
    }

    /// <summary>The start of the oldest segment that is among the newest so many bytes; at least the newest one is.</summary>
    public JournalPosition PlaceBefore(long newestBytes)
    {
        lock (_lock)
        {
            int oldest = _segments.Count - 1;
            for (long bytes = _segments[oldest].End; oldest > 0 && bytes + _segments[oldest - 1].Header.Size <= newestBytes; oldest--)
            {
                bytes += _segments[oldest - 1].Header.Size;
            }

            JournalSegment segment = _segments[oldest];
            return new JournalPosition(segment.Number, SegmentHeader.FirstFrame, segment.FirstSequence);
        }
    }

    /// <summary>Finds a segment and keeps its bytes in place until <see cref="Unpin"/>.</summary>
    /// <returns>Null if it was released.</returns>
    public JournalSegment? Pin(long number)
    {
        lock (_lock)
        {
            int index = (int)(number - _segments[0].Number);
            if (index < 0)
            {
                return null;
            }

            _segments[index].Readers++;
            return _segments[index];
        }
    }

    /// <summary>Ends what <see cref="Pin"/> began.</summary>
    public void Unpin(JournalSegment segment)
    {
        lock (_lock)
        {
            segment.Readers--;
        }
    }

    /// <summary>Gives up the segments before one, and their files as soon as nobody reads them.</summary>
    /// <param name="before">The number of the oldest segment that stays.</param>
    /// <param name="erase">Whether the files are overwritten before they are used again.</param>
    /// <returns>Whether no file is left to give up; otherwise a later call does it.</returns>
    /// <exception cref="IOException">A file could not be erased. It stays for a later call.</exception>
    public bool Release(long before, bool erase)
    {
        JournalSegment[] free;
        lock (_lock)
        {
            int count = _segments.FindIndex(segment => segment.Number >= before);
            _released.AddRange(_segments[..count]);
            _segments.RemoveRange(0, count);
            free = [.. _released.Where(segment => segment.Readers == 0)];
        }

        foreach (JournalSegment segment in free)
        {
            // Out of the list only afterwards: what cannot be erased stays for the next call.
            _spares.Add(segment.File, erase);
            lock (_lock)
            {
                _released.Remove(segment);
            }
        }

        lock (_lock)
        {
            return _released.Count == 0;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (JournalSegment segment in _segments.Concat(_released))
            {
                segment.File.Dispose();
            }
        }
    }
}
