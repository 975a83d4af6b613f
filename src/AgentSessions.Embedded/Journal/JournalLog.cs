using System.Diagnostics;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>A chain of segment files that groups of commits are appended to, read from by place, and released from the old end.</summary>
/// <remarks>
/// One thread appends; any thread reads; one other thread prepares, flushes, releases and erases. Only one frame is ever in flight: the next is not
/// written before the last is flushed. So after a crash or a loss of power at most the last frame is incomplete, and anything sound behind an
/// unsound frame means damage. Where groups are not flushed this holds for all but the last segment.
/// </remarks>
internal sealed class JournalLog : IDisposable
{
    private const int CopyBytes = 1 << 20;

    private readonly JournalSettings _settings;
    private readonly SpareFiles _spares;
    private readonly SegmentChain _segments;
    private readonly Lock _applying = new();

    // Held while a frame is written, because rolling is also done for erasing, by the thread that erases.
    private readonly Lock _writing = new();
    private readonly byte[] _emptyFrame = new byte[FrameHeader.Size];
    private JournalSegment _current;
    private long _sequence;

    // Behind the last group; only a frame that leads to a segment may follow.
    private long _groupsEnd;
    private bool _failed;
    private long _preparedSegment;
    private JournalPosition _applied;
    private long _appliedAt;

    /// <param name="settings">How it works.</param>
    /// <param name="spares">Files to use next.</param>
    /// <param name="segments">The segments that count, oldest first; at least one.</param>
    /// <param name="sequence">The next frame's sequence.</param>
    public JournalLog(JournalSettings settings, SpareFiles spares, List<JournalSegment> segments, long sequence)
    {
        _settings = settings;
        _spares = spares;
        _segments = new SegmentChain(segments, spares);
        _current = segments[^1];
        _sequence = sequence;
        _groupsEnd = sequence;
        MarkApplied();
    }

    /// <summary>The place up to which every group is applied to what readers see. Set by <see cref="MarkApplied"/>.</summary>
    public JournalPosition Applied
    {
        get
        {
            lock (_applying)
            {
                return _applied;
            }
        }
    }

    /// <summary>The place behind the last group that counts. Readers may not see all of it yet. Waits for a group that is being written.</summary>
    public JournalPosition Written
    {
        get
        {
            lock (_writing)
            {
                return new JournalPosition(_current.Number, _current.End, _sequence);
            }
        }
    }

    /// <summary>How long nothing was applied.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Volatile.Read(ref _appliedAt));

    /// <summary>Whether it is time for <see cref="Prepare"/>: the current segment is half full.</summary>
    public bool WantsNext
    {
        get
        {
            JournalSegment current = Volatile.Read(ref _current);
            return current.End > current.Header.Size / 2 && current.Number >= Volatile.Read(ref _preparedSegment);
        }
    }

    /// <summary>How many segments count.</summary>
    public int SegmentCount => _segments.Count;

    /// <summary>Whether a group of this many bytes fits into the current segment.</summary>
    public bool HasRoomFor(int payload) => !_failed && _current.HasRoomFor(payload);

    /// <summary>Appends one group and flushes it. It counts when this returns.</summary>
    /// <param name="frame">The group, behind <see cref="FrameHeader.Size"/> bytes of room for the header.</param>
    /// <returns>Where the group's bytes are.</returns>
    /// <exception cref="StoreUnavailableException">It does not count, and will not after a restart unless nothing else was appended.</exception>
    public FramePlace Append(Span<byte> frame)
    {
        int payload = frame.Length - FrameHeader.Size;
        lock (_writing)
        {
            try
            {
                if (!HasRoomFor(payload))
                {
                    Roll(payload);
                }

                long offset = _current.End;
                WriteFrame(frame, FrameKind.Group, flush: _settings.FlushGroups);
                _groupsEnd = _sequence;
                return new FramePlace(_current.Number, offset + FrameHeader.Size, _sequence - 1);
            }
            catch (IOException exception)
            {
                throw exception.AsUnavailable();
            }
        }
    }

    /// <summary>Writes a seal behind the last group, not flushed: it only has to outlive the process.</summary>
    /// <remarks>The next frame takes its place. Behind it, that frame could be on the disk after a loss of power and the seal not, as if damaged.</remarks>
    public void Seal()
    {
        lock (_writing)
        {
            if (_failed || !_current.HasRoomFor(0))
            {
                return;
            }

            try
            {
                PutFrame(_emptyFrame, FrameKind.Seal, flush: false);
            }
            catch (IOException)
            {
                // The segment counts as failed: the next group goes into another, and asks again whether there is room.
            }
        }
    }

    /// <summary>Makes every group so far durable, where they are not flushed one by one. What is made of them elsewhere may be flushed only after this.</summary>
    /// <exception cref="IOException">They may be lost with the power. A later call tries again.</exception>
    public void Flush()
    {
        if (_settings.FlushGroups)
        {
            return;
        }

        lock (_writing)
        {
            if (_failed)
            {
                WriteAgain();
                return;
            }

            try
            {
                _current.File.Flush();
            }
            catch (IOException)
            {
                _failed = true;
                throw;
            }
        }
    }

    /// <summary>States that all groups written so far are applied.</summary>
    public void MarkApplied()
    {
        lock (_applying)
        {
            _applied = new JournalPosition(_current.Number, _current.End, _sequence);
            Volatile.Write(ref _appliedAt, Stopwatch.GetTimestamp());
        }
    }

    /// <inheritdoc cref="SegmentChain.PlaceBefore"/>
    public JournalPosition PlaceBefore(long newestBytes) => _segments.PlaceBefore(newestBytes);

    /// <inheritdoc cref="SegmentChain.Pin"/>
    public JournalSegment? Pin(long number) => _segments.Pin(number);

    /// <inheritdoc cref="SegmentChain.Unpin"/>
    public void Unpin(JournalSegment segment) => _segments.Unpin(segment);

    /// <summary>Gives up the segments before a place; their files are used again once no reader is in them.</summary>
    public void Release(JournalPosition before) => _segments.Release(before.Segment, erase: false);

    /// <summary>Makes sure that no byte of earlier groups will be left once <see cref="Erase"/> has been called for the place in the answer.</summary>
    /// <returns>A place up to which all groups are applied, in a segment whose file was clean before it, as will be all that follow.</returns>
    public JournalPosition BeginErasing()
    {
        _spares.Erase();
        lock (_writing)
        {
            if (!_current.IsClean || _failed)
            {
                bool isApplied = Applied.Sequence >= _groupsEnd;
                Roll(0);
                if (isApplied)
                {
                    MarkApplied();
                }
            }
        }

        // The writer may be about to apply its last group to what readers see.
        var wait = default(SpinWait);
        while (true)
        {
            JournalPosition applied = Applied;
            if (Pin(applied.Segment) is { } segment)
            {
                bool isClean = segment.IsClean;
                Unpin(segment);
                if (isClean)
                {
                    return applied;
                }
            }

            wait.SpinOnce();
        }
    }

    /// <summary>Gives up the groups before a place and leaves no byte of them in any file.</summary>
    public void Erase(JournalPosition before)
    {
        var wait = default(SpinWait);
        while (!_segments.Release(before.Segment, erase: true))
        {
            wait.SpinOnce();
        }

        if (Pin(before.Segment) is { } segment)
        {
            segment.File.Zero(SegmentHeader.FirstFrame, before.Offset);
            segment.File.Flush();
            Unpin(segment);
        }
    }

    /// <summary>Makes the file of the next segment ready.</summary>
    public void Prepare()
    {
        long number = Volatile.Read(ref _current).Number + 1;
        _spares.Prepare(number);
        Volatile.Write(ref _preparedSegment, number);
    }

    /// <summary>Gives back the disk's room that only a busy journal needs.</summary>
    public void Shrink() => _spares.Shrink();

    public void Dispose()
    {
        _segments.Close();
        _spares.Close();
    }

    private void Roll(int payload)
    {
        long size = SegmentHeader.FirstFrame + FrameHeader.FrameSize(payload) + (2 * FrameHeader.FrameSize(0));
        if (!_failed)
        {
            // The roll frame is durable before anything is written behind it, so that a missing next segment is noticed.
            JournalSegment next = _spares.Take(_current.Number + 1, size, supersedes: 0, _sequence + 1);
            try
            {
                WriteFrame(_emptyFrame, FrameKind.Roll, flush: true);
            }
            catch (IOException)
            {
                _spares.Return(next);
                throw;
            }

            Use(next);
        }
        else
        {
            if (!_settings.FlushGroups)
            {
                WriteAgain();
            }

            Use(_spares.Take(_current.Number + 1, size, supersedes: _sequence, _sequence));
            _failed = false;
            _spares.Withdraw();
        }
    }

    /// <summary>Makes the groups of a segment durable whose writing or flush failed: from then on the system takes them for written, so it is given them anew.</summary>
    private void WriteAgain()
    {
        byte[] buffer = new byte[Math.Min(CopyBytes, _current.End - SegmentHeader.FirstFrame)];
        for (long offset = SegmentHeader.FirstFrame; offset < _current.End; offset += buffer.Length)
        {
            Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length, _current.End - offset));
            _current.File.Read(bytes, offset);
            _current.File.Write(bytes, offset);
        }

        _current.File.Flush();
    }

    private void Use(JournalSegment next)
    {
        _segments.Add(next);
        Volatile.Write(ref _current, next);
    }

    private void WriteFrame(Span<byte> frame, FrameKind kind, bool flush)
    {
        PutFrame(frame, kind, flush);
        _current.End += FrameHeader.FrameSize(frame.Length - FrameHeader.Size);
        _sequence++;
    }

    /// <summary>Writes a frame whose place the next one takes. After a failure nothing is written to the segment any more: what a failed flush left behind is unknown.</summary>
    private void PutFrame(Span<byte> frame, FrameKind kind, bool flush)
    {
        new FrameHeader(_current.Header.Salt, frame.Length - FrameHeader.Size, _sequence, kind).Write(frame);
        try
        {
            _current.File.Write(frame, _current.End);
            if (flush)
            {
                _current.File.Flush();
            }
        }
        catch (IOException)
        {
            _failed = true;
            throw;
        }
    }
}

/// <summary>Where a group was written.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Where in its file the group's bytes start.</param>
/// <param name="Sequence">The frame's sequence.</param>
internal readonly record struct FramePlace(long Segment, long Offset, long Sequence);
