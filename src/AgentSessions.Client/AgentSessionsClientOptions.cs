using System.Text.Json;
using AgentSessions.Client.Http;
using AgentSessions.Client.Retries;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

/// <summary>A server and how it is called.</summary>
public sealed class AgentSessionsClientOptions
{
    /// <summary>The server's absolute address, with a path prefix if it has one. Required.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>The environment's secret key. Required. Read it from a secret store; it is sent in a header and never logged.</summary>
    public string? SecretKey { get; set; }

    /// <summary>How long a call may take. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without a byte a connection that streams counts as broken. Default 45 s; servers ping every 5 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How failures that may pass are repeated.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>How client data, actions and tool outputs are written. Default: camelCase, nulls left out.</summary>
    public JsonSerializerOptions Json { get; set; } = UIJson.Options;

    internal HttpConnectionOptions Connection(TimeProvider time) => new()
    {
        BaseUrl = BaseUrl ?? throw new ArgumentException("AgentSessionsClientOptions.BaseUrl must be set."),
        SecretKey = SecretKey ?? throw new ArgumentException("AgentSessionsClientOptions.SecretKey must be set."),
        RequestTimeout = RequestTimeout,
        StallTimeout = StallTimeout,
        Time = time,
    };
}
