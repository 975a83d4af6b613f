namespace AgentSessions.Embedded.Hot;

/// <summary>The extents of one stream in order: added at one end and dropped at the other.</summary>
internal sealed class ExtentList
{
    private Extent[] _extents = [];
    private int _start;

    public int Count { get; private set; }

    /// <summary>How many bytes all records take.</summary>
    public long Bytes
    {
        get
        {
            long bytes = 0;
            foreach (ref readonly Extent extent in _extents.AsSpan(_start, Count))
            {
                bytes += extent.Length;
            }

            return bytes;
        }
    }

    public ref readonly Extent this[int index] => ref _extents[_start + index];

    public void Add(Extent extent)
    {
        if (_start + Count == _extents.Length)
        {
            MakeRoom();
        }

        _extents[_start + Count++] = extent;
    }

    /// <summary>Drops the extents whose records are all before a sequence number.</summary>
    public void DropBefore(long sequence)
    {
        if (Count > 0)
        {
            Drop(this[Count - 1].Tail <= sequence ? Count : IndexOf(sequence));
        }
    }

    /// <summary>The extent that holds a sequence number, or the first behind it.</summary>
    public int IndexOf(long sequence)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (this[middle].Tail <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Copies the extents that lie in segments before a number.</summary>
    public Extent[] CopyBefore(long segment)
    {
        int end = 0;
        while (end < Count && this[end].Segment < segment)
        {
            end++;
        }

        return _extents.AsSpan(_start, end).ToArray();
    }

    /// <summary>Copies extents from an index on, up to a number of bytes and at least one.</summary>
    public Extent[] Copy(int from, int maxBytes)
    {
        int end = from;
        for (long bytes = 0; end < Count && (end == from || bytes < maxBytes); end++)
        {
            bytes += this[end].Length;
        }

        return _extents.AsSpan(_start + from, end - from).ToArray();
    }

    private void Drop(int count)
    {
        _start += count;
        Count -= count;
        if (Count == 0)
        {
            _start = 0;
            if (_extents.Length > 64)
            {
                _extents = [];
            }
        }
    }

    private void MakeRoom()
    {
        Extent[] target = Count * 2 >= _extents.Length ? new Extent[Math.Max(4, _extents.Length * 2)] : _extents;
        _extents.AsSpan(_start, Count).CopyTo(target);
        _extents = target;
        _start = 0;
    }
}
