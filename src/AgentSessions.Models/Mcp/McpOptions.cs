namespace AgentSessions.Models.Mcp;

/// <summary>All configured MCP servers: the section <c>AgentSessions:Mcp</c>.</summary>
public sealed class McpOptions
{
    /// <summary>The section that holds one section for each server.</summary>
    public const string SectionName = "AgentSessions:Mcp";

    /// <summary>The servers by name, without regard to case.</summary>
    public SortedDictionary<string, McpServerOptions> Servers { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal List<string> UnknownNames { get; } = [];
}
