namespace AgentSessions.Core.Runs.Writing;

/// <summary>How a run writes its <c>out</c>.</summary>
public sealed record OutWriterOptions
{
    /// <summary>Bytes that may wait behind a commit before writers have to. Default 64 KiB.</summary>
    public int PendingBytes { get; init; } = 64 * 1024;

    /// <summary>How long chunks that only open something wait for the first content to share a commit with. Default 100 ms.</summary>
    public TimeSpan StructureDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After how much silence a turn that lives writes a control record, which keeps browsers from giving up (wire document, section 8.6).
    /// Default 20 s; zero for never.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long records are kept. Default zero: what the last two turns wrote (see <see cref="Sessions.RetentionOptions.Events"/>).</summary>
    public TimeSpan Retention { get; init; }

    /// <summary>How long in an environment, where that differs from <see cref="Retention"/>; null for nowhere.</summary>
    public Func<string, TimeSpan>? RetentionIn { get; init; }

    /// <summary>The first wait before a write that failed is repeated. Default 50 ms; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between two tries. Default 1 s, so that a store that is back is used about as soon as it is.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(1);
}
