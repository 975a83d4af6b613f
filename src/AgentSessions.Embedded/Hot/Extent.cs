namespace AgentSessions.Embedded.Hot;

/// <summary>Records of one append that are in the journal.</summary>
/// <param name="First">The first record's sequence number.</param>
/// <param name="Segment">The journal segment.</param>
/// <param name="Offset">Where in its file the bytes start.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Count">How many records.</param>
/// <param name="Checksum">Over the bytes.</param>
internal readonly record struct Extent(long First, long Segment, int Offset, int Length, int Count, uint Checksum)
{
    public long Tail => First + Count;
}
