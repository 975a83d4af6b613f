namespace AgentSessions.Benchmarks.Baseline;

/// <summary>The records of one turn by sequence number: three that open it, the deltas, three that close it, the boundary.</summary>
/// <param name="First">Sequence number of the first record.</param>
/// <param name="Chunks">Deltas in the turn.</param>
/// <param name="Message">Sequence number of the message it answers.</param>
internal readonly record struct TurnRecords(long First, int Chunks, long Message)
{
    public long FirstDelta => First + 3;

    public long EndDelta => FirstDelta + Chunks;

    public long Boundary => EndDelta + 3;

    /// <summary>The sequence number after the turn; a turn never taken has none.</summary>
    public long End => this == default ? First : Boundary + 1;
}
