namespace AgentSessions.Core.Streams.Live;

/// <summary>How live streams are kept in memory.</summary>
public sealed record StreamHubOptions
{
    /// <summary>
    /// Bytes of newest records kept for each followed stream; what its only reader has passed is not kept. A reader further behind reads the store.
    /// Default 64 KiB.
    /// </summary>
    public int WindowBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes asked of the store at a time by a reader that catches up. Default 128 KiB.</summary>
    public int CatchUpBytes { get; init; } = 128 * 1024;

    /// <summary>How long a reader that heard nothing trusts the silence before it looks at the store. Default 30 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a hub that is connected with others asks the store whether followed streams were deleted, in case the news of it got lost: one
    /// read for each followed session. Default 30 s.
    /// </summary>
    public TimeSpan DeletionCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How precisely waits end. Default 100 ms.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);
}
