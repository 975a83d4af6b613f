namespace AgentSessions.Orleans.Settings;

/// <summary>How a node finds its cluster and what it does there.</summary>
public sealed class OrleansOptions
{
    /// <summary>The configuration section these are read from.</summary>
    public const string Section = "AgentSessions:Orleans";

    /// <summary>The value of <see cref="StreamProvider"/> that means calls from the node that writes to those that read.</summary>
    public const string Direct = "Direct";

    /// <summary>The value of <see cref="StreamProvider"/> that means Orleans' memory streams.</summary>
    public const string MemoryStreams = "Memory";

    /// <summary>Nodes with the same value form one cluster. 1 to 150 characters, not all blank; default <c>agent-sessions</c>.</summary>
    public string ClusterId { get; set; } = "agent-sessions";

    /// <summary>Whose grain state and reminders these are; it outlives a cluster id. 1 to 150 characters, not all blank; default <c>agent-sessions</c>.</summary>
    public string ServiceId { get; set; } = "agent-sessions";

    /// <summary>The TCP port on which other nodes reach this one, 1 to 65535. Default 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The TCP port on which cluster clients reach this node, up to 65535; 0 admits none. Default 30000.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>The IP address or host name under which other nodes reach this one. Default: the machine's first address.</summary>
    public string? Address { get; set; }

    /// <summary>What the node is called in logs and in the table of members. Default: the machine's name.</summary>
    public string? NodeName { get; set; }

    /// <summary>How often a node that is watched must answer; three times without an answer make it dead. 100 ms to 1 minute, default 2 seconds.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a node may answer nobody before the others call it dead, counted in beats of one second. Pauses that a busy machine makes must be
    /// shorter. 3 seconds to 10 minutes, default 6 seconds.
    /// </summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long turns may go on after the node was asked to stop; then other nodes go on with them. Up to 1 hour, default 20 seconds.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a reader that heard nothing trusts the silence before it looks at the store: the delay of an event that got lost between
    /// nodes; the news of a deletion is looked for after six times this. 100 ms to 10 minutes, default 5 seconds.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What this node does. Default <see cref="OrleansRole.Silo"/>.</summary>
    public OrleansRole Role { get; set; } = OrleansRole.Silo;

    /// <summary>Where this node places the sessions that it is asked for. Default <see cref="OrleansPlacement.Near"/>.</summary>
    public OrleansPlacement Placement { get; set; } = OrleansPlacement.Near;

    /// <summary>
    /// What carries record batches between nodes: <see cref="Direct"/> (the default), <see cref="MemoryStreams"/>, or the name of an Orleans stream
    /// provider that the host registers itself. The store stays the truth, so a provider that loses events costs latency only.
    /// </summary>
    public string StreamProvider { get; set; } = Direct;
}
