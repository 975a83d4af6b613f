using AgentSessions.Embedded.Files;

namespace AgentSessions.Embedded.Journal;

/// <summary>How a journal works.</summary>
/// <param name="Directory">Where its files are.</param>
/// <param name="SegmentBytes">The size of a segment file; a group that does not fit gets a larger one of its own.</param>
/// <param name="SpareSegments">How many files are kept for use again.</param>
/// <param name="FlushGroups">Whether a group is flushed to the disk before it counts as written.</param>
/// <param name="Probe">For tests.</param>
internal sealed record JournalSettings(
    string Directory, long SegmentBytes, int SpareSegments, bool FlushGroups, DiskProbe? Probe);
