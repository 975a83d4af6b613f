using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>One file of the journal while frames in it count.</summary>
/// <param name="file">The file.</param>
/// <param name="header">Its header.</param>
/// <param name="firstSequence">The sequence of its first frame.</param>
/// <param name="isClean">Whether the file held nothing but zeros when it became this segment.</param>
internal sealed class JournalSegment(DataFile file, SegmentHeader header, long firstSequence, bool isClean)
{
    public DataFile File { get; } = file;

    public SegmentHeader Header { get; } = header;

    public long Number => Header.Number;

    /// <summary>The sequence of its first frame.</summary>
    public long FirstSequence { get; } = firstSequence;

    /// <summary>Whether nothing of an earlier use of the file is left in it.</summary>
    public bool IsClean { get; } = isClean;

    /// <summary>Where the next frame goes.</summary>
    public long End { get; set; } = SegmentHeader.FirstFrame;

    /// <summary>Readers at work in the file; it is not used again before they are done. Guarded by the journal.</summary>
    public int Readers { get; set; }

    /// <summary>Whether a frame fits and leaves room for a seal and the roll frame.</summary>
    public bool HasRoomFor(int payload) =>
        End + FrameHeader.FrameSize(payload) + (2 * FrameHeader.FrameSize(0)) <= Header.Size;
}
