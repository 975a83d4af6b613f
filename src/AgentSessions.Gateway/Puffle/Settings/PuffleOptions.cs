using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Puffle.Settings;

/// <summary>The Puffle agent chat API; configuration section <c>AgentSessions:Puffle</c>.</summary>
public sealed class PuffleOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Puffle";

    /// <summary>The agent that answers. Default <c>echo</c>; where that is not registered and one agent alone is, that one.</summary>
    [Required]
    public string Agent { get; set; } = "echo";

    /// <summary>Whether the request header <c>X-Agent-Id</c> may name another agent. Default false.</summary>
    public bool AgentHeader { get; set; }

    /// <summary>The largest body. Default 1 MiB.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>How many runs a user may start in any <see cref="RunWindow"/>, in whichever way. Default 60.</summary>
    [Range(1, 10_000)]
    public int RunsPerWindow { get; set; } = 60;

    /// <summary>The time that <see cref="RunsPerWindow"/> counts for. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RunWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a sync request waits for its answer, its place in the queue included. Default 300 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>How long a stream lasts at most. Default 120 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StreamTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a tool call waits for its approval. Default 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ApprovalLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the result of a run can be read. Default 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan ResultLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// The version of UI messages that clients read: 6 announces approvals and denials with chunks of their own, which a client of version 5
    /// ends the stream over. Default 5.
    /// </summary>
    [Range(5, 6)]
    public int UIMessageVersion { get; set; } = 5;
}
