using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>The chunks for tool calls and results in a model's response; null for kinds that have no UI form.</summary>
internal static class ToolCallChunks
{
    public static UIMessageChunk? Chunk(ToolCallContent content, UpdateToChunksOptions options) => content switch
    {
        FunctionCallContent { Exception: { } exception } call =>
            new ToolInputErrorChunk(call.CallId, call.Name, Input(call.Arguments), options.ErrorText(exception))
            {
                Dynamic = Dynamic(call.Name, options),
                ProviderMetadata = ContentMetadata.Of(call),
            },
        FunctionCallContent call => new ToolInputAvailableChunk(call.CallId, call.Name, Input(call.Arguments))
        {
            // Informational calls were run by an inner client or the provider; nobody here is to run them again.
            ProviderExecuted = call.InformationalOnly ? true : null,
            Dynamic = Dynamic(call.Name, options),
            ProviderMetadata = ContentMetadata.Of(call),
        },
        McpServerToolCallContent call => new ToolInputAvailableChunk(call.CallId, call.Name, Input(call.Arguments))
        {
            ProviderExecuted = true,
            Dynamic = true,
            ProviderMetadata = ContentMetadata.Of(call),
        },
        _ => null,
    };

    public static UIMessageChunk? Chunk(ToolResultContent content, UpdateToChunksOptions options) => content switch
    {
        FunctionResultContent { Exception: { } exception } result => new ToolOutputErrorChunk(result.CallId, options.ErrorText(exception))
        {
            ProviderMetadata = ContentMetadata.Of(result),
        },
        FunctionResultContent result => Output(result, result.Result, options),
        McpServerToolResultContent result => Output(result, result.Outputs, options),
        _ => null,
    };

    private static ToolOutputAvailableChunk Output(ToolResultContent content, object? value, UpdateToChunksOptions options) =>
        new(content.CallId, UIJson.ToElement(value, options.Json)) { ProviderMetadata = ContentMetadata.Of(content) };

    private static JsonElement Input(IDictionary<string, object?>? arguments) =>
        UIJson.ToElement(arguments ?? new Dictionary<string, object?>());

    private static bool? Dynamic(string name, UpdateToChunksOptions options) => options.IsDynamicTool(name) ? true : null;
}
