namespace AgentSessions.Load;

/// <summary>Sessions and readers that do nothing, held open for as long as the measured time lasts.</summary>
public sealed record IdleLoad : LoadTiming
{
    /// <summary>Sessions to create, each with a live run that waits. Default 1.</summary>
    public int Sessions { get; init; } = 1;

    /// <summary>Readers to open, spread evenly over the sessions. Default 0.</summary>
    public int Readers { get; init; }

    /// <summary>Idle time the sessions ask for, whole seconds from 1; null (default) leaves the server's own.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Create calls in flight. Default 32.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>Sessions are named <c>{prefix}-{number}</c>; null (default) makes a new prefix.</summary>
    public string? Prefix { get; init; }

    /// <summary>Number of the first session. Default 0.</summary>
    public int FirstSession { get; init; }
}
