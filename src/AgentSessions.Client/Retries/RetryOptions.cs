namespace AgentSessions.Client.Retries;

/// <summary>How failures that may pass are repeated.</summary>
public sealed record RetryOptions
{
    /// <summary>How often a call, or a reading window in a row without a record, may fail before the failure is the caller's. Default 10, about 20 s.</summary>
    public int MaxFailures { get; init; } = 10;

    /// <summary>How many windows in a row may pass in silence while an answer is awaited. Default 5, which is 10 minutes at the default window of 120 s.</summary>
    public int MaxSilentWindows { get; init; } = 5;

    /// <summary>The first wait, which doubles with every failure. Default 100 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait, also where a server asks for more. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);
}
