namespace AgentSessions.Embedded;

/// <summary>Limits of the embedded engine; configuration section <c>AgentSessions:Embedded</c>.</summary>
public sealed class EmbeddedEngineOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Embedded";

    /// <summary>How long a session without calls and without a run stays in memory. Default 30 s.</summary>
    public TimeSpan IdleSession { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often expired and idle sessions are looked for. Default 5 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Sessions recovered at once after a start. Default 32.</summary>
    public int RecoveryParallelism { get; set; } = 32;

    /// <summary>Sessions listed at a time while recovering. Default 500.</summary>
    public int RecoveryPage { get; set; } = 500;
}
