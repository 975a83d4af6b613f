namespace AgentSessions.Core.Runs.Writing;

/// <summary>Waits between tries of what a store that is away has to do: each twice as long as the one before.</summary>
/// <remarks>Keep it in a variable; a copy of it waits by itself.</remarks>
/// <param name="options">The first wait and the longest.</param>
/// <param name="time">The clock.</param>
internal struct Backoff(OutWriterOptions options, TimeProvider time)
{
    /// <summary>How long the next wait is.</summary>
    public TimeSpan Next { get; private set; } = options.RetryDelay;

    /// <summary>Waits before the next try.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = Next;
        Next = delay * 2 < options.MaxRetryDelay ? delay * 2 : options.MaxRetryDelay;
        return Task.Delay(delay, time, cancellationToken);
    }
}
