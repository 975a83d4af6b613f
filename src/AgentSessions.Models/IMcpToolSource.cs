using Microsoft.Extensions.AI;

namespace AgentSessions.Models;

/// <summary>The tools of the configured MCP servers (<c>AgentSessions:Mcp:{name}</c>), ready to be given to a model.</summary>
/// <remarks>
/// <para>A tool is called <c>{server}_{tool}</c>. One that is not annotated as read-only comes as an <see cref="ApprovalRequiredAIFunction"/>,
/// unless its server's <c>Approval</c> says otherwise.</para>
/// <para>A server is connected when its tools are first asked for, and again when the connection broke. A call that fails throws
/// <see cref="McpToolException"/>; its message is meant for the model.</para>
/// </remarks>
public interface IMcpToolSource
{
    /// <summary>The names of the configured servers, in order.</summary>
    IReadOnlyList<string> Servers { get; }

    /// <summary>The tools of all servers that can be reached. One that cannot is left out, logged, and tried again later.</summary>
    ValueTask<IReadOnlyList<AITool>> GetToolsAsync(CancellationToken cancellationToken);

    /// <summary>The tools of one server.</summary>
    /// <exception cref="McpToolException">The server cannot be reached, or there is none of that name.</exception>
    ValueTask<IReadOnlyList<AITool>> GetToolsAsync(string server, CancellationToken cancellationToken);
}
