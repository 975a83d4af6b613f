using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol.Protocol;

namespace AgentSessions.Models.Mcp;

/// <summary>A server's tool as a function. It holds the server, not a connection, so it outlives one that breaks.</summary>
internal sealed class McpTool(McpToolServer server, string name, Tool tool) : AIFunction
{
    private const int MaxDescriptionCharacters = 4_096;

    public override string Name => name;

    public override string Description { get; } = tool.Description is { } text ? text[..Math.Min(text.Length, MaxDescriptionCharacters)] : "";

    public override JsonElement JsonSchema => tool.InputSchema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } = new Dictionary<string, object?>
    {
        ["mcpServer"] = server.Name,
        ["mcpTool"] = tool.Name,
        ["title"] = tool.Title ?? tool.Annotations?.Title,
        ["readOnly"] = tool.Annotations?.ReadOnlyHint == true,
    };

    /// <summary>Whether calling twice does no more than calling once, so that a call whose fate is unknown may be repeated.</summary>
    private bool IsRepeatable => tool.Annotations is { ReadOnlyHint: true } or { IdempotentHint: true };

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
        server.CallAsync(tool.Name, new Dictionary<string, object?>(arguments), IsRepeatable, cancellationToken);
}
