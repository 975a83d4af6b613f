namespace AgentSessions.Models;

/// <summary>What went wrong with an MCP server or one of its tools.</summary>
public enum McpErrorKind
{
    /// <summary>No server of that name is configured.</summary>
    NotConfigured,

    /// <summary>The server cannot be reached. The tool did not run.</summary>
    Unavailable,

    /// <summary>The connection broke during the call. Whether the tool ran is unknown.</summary>
    ConnectionLost,

    /// <summary>The server did not answer in time. The tool may still be running.</summary>
    TimedOut,

    /// <summary>The tool ran and reported an error.</summary>
    ToolFailed,

    /// <summary>The server refused the call as invalid, or does not know the tool (any more).</summary>
    Refused,
}

/// <summary>An MCP tool could not do what it was asked for. The message is written for the model; it may quote the tool, so users should see their own text.</summary>
public sealed class McpToolException : Exception
{
    internal McpToolException(McpErrorKind kind, string server, string message)
        : base(message)
    {
        Kind = kind;
        Server = server;
    }

    /// <summary>What went wrong.</summary>
    public McpErrorKind Kind { get; }

    /// <summary>The configured name of the server.</summary>
    public string Server { get; }
}
