namespace AgentSessions.Embedded.Tests;

/// <summary>Options and opening for tests.</summary>
internal static class TestStore
{
    /// <summary>Everything small, so that segments roll, caches forget and checkpoints run all the time.</summary>
    public static EmbeddedStoreOptions Tiny => new()
    {
        SegmentBytes = 64 << 10,
        JournalBytes = 128 << 10,
        CheckpointAfterIdle = TimeSpan.FromMilliseconds(10),
        CachedSessions = 0,
    };

    /// <summary>Checkpoints only when the test asks for one.</summary>
    public static EmbeddedStoreOptions Quiet => new() { SegmentBytes = 1 << 20, CheckpointAfterIdle = TimeSpan.FromDays(1) };

    public static Task<EmbeddedSessionStore> OpenAsync(string directory, EmbeddedStoreOptions? options = null) =>
        EmbeddedSessionStore.OpenAsync(directory, options ?? Quiet, logger: null, CancellationToken.None);
}
