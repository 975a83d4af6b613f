using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>The output of a tool call; every preliminary one is replaced by the next.</summary>
/// <param name="ToolCallId">A call that has a part in the message.</param>
/// <param name="Output">Any JSON; the undefined element is written as <c>null</c>.</param>
public sealed record ToolOutputAvailableChunk(string ToolCallId, JsonElement Output) : UIMessageChunk
{
    public override string Type => "tool-output-available";

    public bool? Preliminary { get; init; }

    public bool? ProviderExecuted { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    public bool? Dynamic { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.Json("output"u8, Output);
        json.Bool("preliminary"u8, Preliminary);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Json("providerMetadata"u8, ProviderMetadata);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Bool("dynamic"u8, Dynamic);
    }
}

/// <summary>A tool call failed.</summary>
public sealed record ToolOutputErrorChunk(string ToolCallId, string ErrorText) : UIMessageChunk
{
    public override string Type => "tool-output-error";

    public bool? ProviderExecuted { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    public bool? Dynamic { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.String("errorText"u8, ErrorText);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Json("providerMetadata"u8, ProviderMetadata);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Bool("dynamic"u8, Dynamic);
    }
}

/// <summary>The user refused a tool call; it did not run.</summary>
public sealed record ToolOutputDeniedChunk(string ToolCallId) : UIMessageChunk
{
    public override string Type => "tool-output-denied";

    internal override void WriteFields(ref JsonObjectWriter json) => json.String("toolCallId"u8, ToolCallId);
}
