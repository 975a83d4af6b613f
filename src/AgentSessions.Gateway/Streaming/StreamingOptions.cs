using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Streaming;

/// <summary>How streams are sent; configuration section <c>AgentSessions:Streaming</c>.</summary>
public sealed class StreamingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Streaming";

    /// <summary>How long a stream says nothing before it says that it lives. Clients and proxies cut after 15 s. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:15")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a reader may leave a write undone before it is cut. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>About how many bytes of records go into one event when that many are waiting. Default 64 KiB.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxEventBytes { get; set; } = 64 * 1024;
}
