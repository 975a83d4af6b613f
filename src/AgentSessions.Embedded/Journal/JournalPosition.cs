namespace AgentSessions.Embedded.Journal;

/// <summary>A place between two frames.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Where in its file the next frame starts.</param>
/// <param name="Sequence">The next frame's sequence.</param>
internal readonly record struct JournalPosition(long Segment, long Offset, long Sequence)
{
    /// <summary>Before the first frame of all.</summary>
    public static readonly JournalPosition Start = new(1, SegmentHeader.FirstFrame, 1);
}
