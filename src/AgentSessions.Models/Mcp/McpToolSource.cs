using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Client;

namespace AgentSessions.Models.Mcp;

/// <summary>The connections to all configured servers.</summary>
internal sealed class McpToolSource : IMcpToolSource, IAsyncDisposable
{
    private readonly SortedDictionary<string, McpToolServer> _servers = new(StringComparer.OrdinalIgnoreCase);

    public McpToolSource(IOptions<McpOptions> options, Func<string, McpServerOptions, IClientTransport> transports, TimeProvider time, ILogger<McpToolSource> logger)
    {
        foreach ((string name, McpServerOptions server) in options.Value.Servers)
        {
            _servers[name] = new McpToolServer(name, server, () => transports(name, server), time, logger);
        }
    }

    public IReadOnlyList<string> Servers => [.. _servers.Keys];

    public async ValueTask<IReadOnlyList<AITool>> GetToolsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AITool>[] all = await Task.WhenAll(_servers.Values.Select(server => ToolsOrNoneAsync(server, cancellationToken)));
        return [.. all.SelectMany(tools => tools)];
    }

    public async ValueTask<IReadOnlyList<AITool>> GetToolsAsync(string server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        return _servers.TryGetValue(server, out McpToolServer? connection)
            ? await connection.GetToolsAsync(cancellationToken)
            : throw new McpToolException(McpErrorKind.NotConfigured, server, $"No MCP server of that name is configured under {McpOptions.SectionName}.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (McpToolServer server in _servers.Values)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<AITool>> ToolsOrNoneAsync(McpToolServer server, CancellationToken cancellationToken)
    {
        try
        {
            return await server.GetToolsAsync(cancellationToken);
        }
        catch (McpToolException)
        {
            // Logged by the connection. An agent without one server's tools can still answer.
            return [];
        }
    }
}
