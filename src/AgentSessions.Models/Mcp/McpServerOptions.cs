using System.ComponentModel.DataAnnotations;

namespace AgentSessions.Models.Mcp;

/// <summary>Which tools of a server a person must approve before they run.</summary>
public enum McpApproval
{
    /// <summary>All but those that the server annotates as read-only.</summary>
    UnlessReadOnly,

    /// <summary>All, for a server whose annotations are not to be trusted.</summary>
    Always,

    /// <summary>None.</summary>
    Never,
}

/// <summary>How a server over HTTP is spoken to.</summary>
public enum McpTransport
{
    /// <summary>Streamable HTTP, or server-sent events where that is not understood.</summary>
    Auto,

    /// <summary>Streamable HTTP only.</summary>
    StreamableHttp,

    /// <summary>The older server-sent events only.</summary>
    Sse,
}

/// <summary>One configured MCP server: the section <c>AgentSessions:Mcp:{name}</c>. It has either a <see cref="Command"/> or a <see cref="Url"/>.</summary>
public sealed class McpServerOptions
{
    /// <summary>The program to start, which speaks MCP over its standard input and output.</summary>
    public string? Command { get; set; }

    /// <summary>The program's arguments.</summary>
    public List<string> Arguments { get; set; } = [];

    /// <summary>The program's working directory. Default: the host's.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>The program's environment variables. It gets these and the harmless ones (PATH, HOME and such), never the rest of the host's.</summary>
    public Dictionary<string, string> Environment { get; set; } = [];

    /// <summary>Further environment variables, each with a file that holds its value.</summary>
    public Dictionary<string, string> EnvironmentFiles { get; set; } = [];

    /// <summary>Further environment variables, passed on from the host's own.</summary>
    public List<string> InheritEnvironment { get; set; } = [];

    /// <summary>The server's address. Redirects are not followed.</summary>
    public string? Url { get; set; }

    /// <summary>How to speak to <see cref="Url"/>. Default <see cref="McpTransport.Auto"/>.</summary>
    [EnumDataType(typeof(McpTransport), ErrorMessage = "The field {0} must be Auto, StreamableHttp or Sse.")]
    public McpTransport Transport { get; set; }

    /// <summary>Headers of every request to <see cref="Url"/>.</summary>
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>Further headers, each with a file that holds its value, read at each connection.</summary>
    public Dictionary<string, string> HeaderFiles { get; set; } = [];

    /// <summary>Further headers, each with an environment variable that holds its value.</summary>
    public Dictionary<string, string> HeaderEnvironment { get; set; } = [];

    /// <summary>Which tools need approval. Default <see cref="McpApproval.UnlessReadOnly"/>.</summary>
    [EnumDataType(typeof(McpApproval), ErrorMessage = "The field {0} must be UnlessReadOnly, Always or Never.")]
    public McpApproval Approval { get; set; }

    /// <summary>The server's own names of the tools to offer. Default: all.</summary>
    public List<string> Tools { get; set; } = [];

    /// <summary>The server's own names of tools not to offer.</summary>
    public List<string> ExcludedTools { get; set; } = [];

    /// <summary>The longest time for connecting and for listing tools, each. 1 s to 10 minutes, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time for a call. 1 s to 1 day, default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the list of tools is kept; a server that announces a change is asked at once. 1 s to 1 day, default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ToolListLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The most bytes of a call's output that are passed on; the rest is cut off with a note. 1 KiB to 64 MiB, default 256 KiB.</summary>
    [Range(1_024, 67_108_864)]
    public int MaxOutputBytes { get; set; } = 256 * 1_024;

    /// <summary>The most tools taken from the server; the rest is left out, and logged. 1 to 10,000, default 128.</summary>
    [Range(1, 10_000)]
    public int MaxTools { get; set; } = 128;

    /// <summary>Where the server is; never its headers or environment.</summary>
    public override string ToString() => Command ?? Url ?? "";
}
