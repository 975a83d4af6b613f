using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Gateway.Connections;

/// <summary>How long connections may keep the server waiting; configuration section <c>AgentSessions:Connections</c>.</summary>
public sealed class ConnectionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions:Connections";

    /// <summary>How long a new connection may send nothing, and how long its headers may take. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a connection is kept for a next request. Default 40 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>How long sent bytes may stay unacknowledged by the other machine before the connection is given up (Linux only). Default 45 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan UnacknowledgedTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long requests may take to end after the server was asked to stop; then their connections are cut. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
