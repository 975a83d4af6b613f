using System.Security.Cryptography;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>Files that are no segment now: the one that is ready to be the next, and those to make it from.</summary>
/// <remarks>
/// Making a file of a segment's size takes milliseconds, so it is done beside the writer; a file that was a segment before is already
/// allocated and only gets a new header.
/// </remarks>
internal sealed class SpareFiles(JournalSettings settings)
{
    private readonly Lock _lock = new();
    private readonly Stack<DataFile> _clean = [];
    private readonly Stack<DataFile> _used = [];
    private readonly byte[] _header = new byte[SegmentHeader.FirstFrame];
    private JournalSegment? _next;

    // Where a frame may lead whose writing failed. It stays until the segment is durable that supersedes the frame.
    private JournalSegment? _promised;
    private int _named;
    private long _taken;

    /// <summary>Makes the segment after the current one ready, if it is not.</summary>
    public void Prepare(long number)
    {
        lock (_lock)
        {
            // The writer may have taken it since the number was read; a second file of that number would look like damage.
            if (_next?.Number != number && _promised?.Number != number && number > _taken)
            {
                Discard();
                _next = Make(number, settings.SegmentBytes, supersedes: 0);
            }
        }
    }

    /// <summary>Takes the next segment, whose header is durable.</summary>
    public JournalSegment Take(long number, long size, long supersedes, long firstSequence)
    {
        lock (_lock)
        {
            if (_next is not { } next || next.Number != number || next.Header.Size < size || supersedes != 0)
            {
                Discard();
                next = Make(number, Math.Max(size, settings.SegmentBytes), supersedes);
            }

            _next = null;
            _taken = number;
            return new JournalSegment(next.File, next.Header, firstSequence, next.IsClean);
        }
    }

    /// <summary>Takes back the next segment, to which nothing was written, although a frame may lead to it.</summary>
    public void Return(JournalSegment next)
    {
        lock (_lock)
        {
            _promised = next;
            _taken = next.Number - 1;
        }
    }

    /// <summary>Gives the file of a segment that was returned another use. To be called when another segment of its number is durable, which supersedes the frame.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            if (_promised is { } promised)
            {
                _promised = null;
                Unname(promised.File, promised.IsClean);
            }
        }
    }

    /// <summary>Takes back a file whose frames no longer count.</summary>
    /// <param name="file">The file.</param>
    /// <param name="erase">Whether its bytes have to go before it is used again.</param>
    public void Add(DataFile file, bool erase = false)
    {
        lock (_lock)
        {
            if (erase && IsWanted(file))
            {
                Clean(file);
            }

            Keep(file, erase);
        }
    }

    /// <summary>Leaves no byte of earlier use in any spare file.</summary>
    public void Erase()
    {
        lock (_lock)
        {
            if (_next is { IsClean: false })
            {
                Discard();
            }

            if (_promised is { IsClean: false } promised)
            {
                // Its header has to stay.
                promised.File.Zero(SegmentHeader.FirstFrame, promised.File.Length);
                promised.File.Flush();
                _promised = new JournalSegment(promised.File, promised.Header, promised.FirstSequence, isClean: true);
            }

            while (_used.TryPeek(out DataFile? file))
            {
                Clean(file);
                _clean.Push(_used.Pop());
            }
        }
    }

    /// <summary>Removes all spare files but one, for a journal that has gone quiet.</summary>
    public void Shrink()
    {
        lock (_lock)
        {
            while (_used.Count + _clean.Count > (_next is null ? 1 : 0))
            {
                (_used.Count > 0 ? _used : _clean).Pop().Delete();
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            foreach (DataFile file in _clean.Concat(_used))
            {
                file.Dispose();
            }

            _next?.File.Dispose();
            _promised?.File.Dispose();
        }
    }

    /// <summary>Gives the prepared file back.</summary>
    private void Discard()
    {
        if (_next is { } next)
        {
            _next = null;
            Unname(next.File, next.IsClean);
        }
    }

    /// <summary>Takes back a file whose header may name a segment. The header has to go, or else the file: two would claim one number.</summary>
    private void Unname(DataFile file, bool isClean)
    {
        try
        {
            file.Zero(0, SegmentHeader.FirstFrame);
            file.Flush();
        }
        catch (IOException)
        {
            file.Delete();
            NativeSync.FlushDirectory(settings.Directory);
            return;
        }

        Keep(file, isClean);
    }

    private bool IsWanted(DataFile file) => file.Length == settings.SegmentBytes && _clean.Count + _used.Count < settings.SpareSegments;

    private void Keep(DataFile file, bool isClean)
    {
        if (IsWanted(file))
        {
            (isClean ? _clean : _used).Push(file);
        }
        else
        {
            file.Delete();
        }
    }

    private static void Clean(DataFile file)
    {
        file.Zero(0, file.Length);
        file.Flush();
    }

    private JournalSegment Make(long number, long size, long supersedes)
    {
        bool fits = size == settings.SegmentBytes;
        DataFile? file = null;
        bool isUsed = fits && _used.TryPop(out file);
        if (!isUsed && !(fits && _clean.TryPop(out file)))
        {
            file = DataFile.Create(NewPath(), size, settings.Probe);
        }

        try
        {
            Span<byte> salt = stackalloc byte[sizeof(uint)];
            RandomNumberGenerator.Fill(salt);
            var header = new SegmentHeader(number, BitConverter.ToUInt32(salt) | 1, size, supersedes);
            header.Write(_header);
            file!.Write(_header, 0);
            file.Flush();
            return new JournalSegment(file, header, 0, !isUsed);
        }
        catch (IOException)
        {
            Unname(file!, !isUsed);
            throw;
        }
    }

    private string NewPath()
    {
        string path;
        do
        {
            path = Path.Combine(settings.Directory, $"journal-{++_named:D4}");
        }
        while (File.Exists(path));
        return path;
    }
}
