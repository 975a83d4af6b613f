namespace AgentSessions.Embedded.Checkpoints;

/// <summary>When the journal is brought to the database.</summary>
/// <param name="SegmentBytes">The size of a journal segment.</param>
/// <param name="JournalBytes">From this length on the older half of the journal is brought over.</param>
/// <param name="Idle">After this time without a write everything is.</param>
internal sealed record CheckpointSettings(long SegmentBytes, long JournalBytes, TimeSpan Idle)
{
    /// <summary>Beyond this the writer waits for the checkpoint.</summary>
    public long MaxJournalBytes => 4 * JournalBytes;

    /// <summary>
    /// What stays in the journal: records this young are often trimmed before they would have moved. The more stays, the more often every busy
    /// session is brought over.
    /// </summary>
    public long KeptBytes => JournalBytes / 2;
}
