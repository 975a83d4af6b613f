namespace AgentSessions.Embedded;

/// <summary>Limits of the embedded engine; configuration section <c>AgentSessions:Embedded</c>.</summary>
public sealed class EmbeddedEngineOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Embedded";

    /// <summary>How long a session without calls and without a run stays in memory. Default 30 s.</summary>
    public TimeSpan IdleSession { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often expired and idle sessions are looked for. At most one day. Default 5 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long turns may go on after the host was asked to stop; then they are cut off and resumed by the next process. At most one day. Default 20 s.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Sessions recovered at once after a start. Default 32.</summary>
    public int RecoveryParallelism { get; set; } = 32;

    /// <summary>Sessions listed at a time while recovering. Default 500.</summary>
    public int RecoveryPage { get; set; } = 500;

    /// <summary>Refuses values that cannot work.</summary>
    /// <exception cref="InvalidOperationException">Its message names the key.</exception>
    internal void Validate()
    {
        Require(IdleSession > TimeSpan.Zero, nameof(IdleSession), "more than zero");
        Require(SweepInterval > TimeSpan.Zero && SweepInterval <= TimeSpan.FromDays(1), nameof(SweepInterval), "more than zero, at most one day");
        Require(StopGrace >= TimeSpan.Zero && StopGrace <= TimeSpan.FromDays(1), nameof(StopGrace), "zero to one day");
        Require(RecoveryParallelism is > 0 and <= 1024, nameof(RecoveryParallelism), "1 to 1024");
        Require(RecoveryPage is > 0 and <= 10_000, nameof(RecoveryPage), "1 to 10000");
    }

    private static void Require(bool holds, string key, string range)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{Section}:{key} must be {range}");
        }
    }
}
