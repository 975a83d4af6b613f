using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>The journal files of a directory, sorted by what their headers say.</summary>
internal sealed class JournalFiles
{
    private const string Pattern = "journal-*";

    private readonly Dictionary<long, (DataFile File, SegmentHeader Header)> _byNumber = [];

    // With what their headers seem to say.
    private readonly List<(DataFile File, SegmentHeader Header)> _nameless = [];

    private JournalFiles()
    {
    }

    public static JournalFiles Open(JournalSettings settings)
    {
        var files = new JournalFiles();
        byte[] start = new byte[SegmentHeader.FirstFrame];
        foreach (string path in Directory.EnumerateFiles(settings.Directory, Pattern).Order(StringComparer.Ordinal))
        {
            var file = DataFile.Open(path, settings.Probe);
            int length = file.Read(start, 0);
            if (!SegmentHeader.TryRead(start.AsSpan(0, length), out SegmentHeader header, out int format))
            {
                files._nameless.Add((file, header));
            }
            else if (format != SegmentHeader.Format)
            {
                throw new StoreDamagedException(
                    $"{path} has journal format {format}; this program reads format {SegmentHeader.Format}. Use the version that wrote it.");
            }
            else if (!files.TryAdd(file, header))
            {
                throw new StoreDamagedException(
                    $"{path} and {files._byNumber[header.Number].File.Path} both claim to be segment {header.Number} of the journal.");
            }
        }

        return files;
    }

    /// <summary>Makes sure that a store whose database knows nothing yet has no journal either: the database is durable before the journal is made.</summary>
    /// <exception cref="StoreDamagedException">The directory holds one, so the database was lost.</exception>
    public static void RequireNone(string directory)
    {
        byte[] start = new byte[SegmentHeader.FirstFrame];
        foreach (string path in Directory.EnumerateFiles(directory, Pattern))
        {
            using var file = DataFile.Open(path, probe: null);
            if (SegmentHeader.TryRead(start.AsSpan(0, file.Read(start, 0)), out _, out _))
            {
                throw Orphaned(directory);
            }
        }
    }

    /// <summary>Says that there is a journal and no database that it belongs to.</summary>
    public static StoreDamagedException Orphaned(string directory) => new(
        $"{directory} holds a journal but not the database it belongs to. Restore the database file, or move the journal away.");

    /// <summary>Takes a segment, or null if no file has its number.</summary>
    /// <exception cref="StoreDamagedException">The file has another size than its header says.</exception>
    public JournalSegment? Take(long number, long firstSequence)
    {
        if (!_byNumber.Remove(number, out (DataFile File, SegmentHeader Header) found))
        {
            return null;
        }

        if (found.File.Length != found.Header.Size)
        {
            throw new StoreDamagedException(
                $"{found.File.Path} (segment {number} of the journal) has {found.File.Length} bytes; its header says {found.Header.Size}.");
        }

        return new JournalSegment(found.File, found.Header, firstSequence, isClean: false);
    }

    /// <summary>Where frames of the segment stop counting because the next one supersedes them; no limit if it does not.</summary>
    public long LimitOf(long number) =>
        _byNumber.TryGetValue(number + 1, out (DataFile File, SegmentHeader Header) next) && next.Header.Supersedes > 0
            ? next.Header.Supersedes
            : long.MaxValue;

    /// <summary>Whether a frame is in any of them, for a store whose database lacks the place that it had in the journal.</summary>
    public bool HoldGroups => _byNumber.Values.Any(WasWritten);

    /// <summary>Whether a frame, sound or not, was written to any segment behind one; also to one whose header is damaged by now.</summary>
    public bool WereWrittenBehind(long number) => _byNumber.Values.Concat(_nameless).Any(found => found.Header.Number > number && WasWritten(found));

    /// <summary>Hands over all files that were not taken, with nothing in them that could claim a number.</summary>
    public void MoveTo(SpareFiles spares)
    {
        foreach ((DataFile file, _) in _byNumber.Values.Concat(_nameless))
        {
            file.Zero(0, Math.Min(SegmentHeader.FirstFrame, file.Length));
            file.Flush();
            spares.Add(file);
        }

        _byNumber.Clear();
        _nameless.Clear();
    }

    public void Close()
    {
        foreach ((DataFile file, _) in _byNumber.Values.Concat(_nameless))
        {
            file.Dispose();
        }
    }

    private static bool WasWritten((DataFile File, SegmentHeader Header) found)
    {
        byte[] frame = new byte[FrameHeader.Size];
        found.File.Read(frame, SegmentHeader.FirstFrame);
        return BitConverter.ToUInt32(frame) == found.Header.Salt;
    }

    /// <summary>Adds a file that has a number. Of two, one may be left from a roll frame that failed: the other one, which supersedes the frame, counts.</summary>
    /// <returns>False if both claim the number.</returns>
    private bool TryAdd(DataFile file, SegmentHeader header)
    {
        if (_byNumber.TryAdd(header.Number, (file, header)))
        {
            return true;
        }

        (DataFile File, SegmentHeader Header) kept = (file, header);
        (DataFile File, SegmentHeader Header) left = _byNumber[header.Number];
        if (kept.Header.Supersedes == 0)
        {
            (kept, left) = (left, kept);
        }

        if (kept.Header.Supersedes == 0 || left.Header.Supersedes > 0 || WasWritten(left))
        {
            return false;
        }

        _byNumber[header.Number] = kept;
        _nameless.Add(left);
        return true;
    }
}
