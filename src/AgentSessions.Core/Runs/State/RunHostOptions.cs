using AgentSessions.Core.Runs.Writing;

namespace AgentSessions.Core.Runs.State;

/// <summary>Limits of runs on this host.</summary>
public sealed record RunHostOptions
{
    /// <summary>How runs write <c>out</c>.</summary>
    public OutWriterOptions Out { get; init; } = new();

    /// <summary>How long work that a turn deferred is awaited before the turn completes. Default 5 s.</summary>
    public TimeSpan DeferLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long output is held for the save at a turn's start and for work that must come first. Default 10 s.</summary>
    public TimeSpan OutputGateLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a run that is cut off may take to leave its agent's code. Default 2 s.</summary>
    public TimeSpan AbortGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many agents may call each other in a row. Default 4.</summary>
    public int MaxSubAgentDepth { get; init; } = 4;

    /// <summary>How often an owed message is tried after its host died, unless the session says otherwise. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>
    /// How long a run that was handed a message by an upgrade waits before it hands it on to its own version again, which is what happens as long as the
    /// new one is not deployed. Each further wait is three times as long. Default 5 s; zero for none.
    /// </summary>
    public TimeSpan UpgradePause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest of those waits. Default 60 s.</summary>
    public TimeSpan MaxUpgradePause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many bytes of attached files a run holds for its models; older ones beyond it are left out. Default 32 MiB.</summary>
    public long MaxAttachmentBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Where runs live. From outside, so that a seeded test decides the order of everything they do.</summary>
    internal TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;
}
