using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>A tool call begins; its input follows as deltas or at once.</summary>
public sealed record ToolInputStartChunk(string ToolCallId, string ToolName) : UIMessageChunk
{
    public override string Type => "tool-input-start";

    /// <summary><c>json</c> (the default) or <c>text</c>: how the deltas are to be read.</summary>
    public string? InputEncoding { get; init; }

    public bool? ProviderExecuted { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    /// <summary>True makes a <c>dynamic-tool</c> part instead of <c>tool-{name}</c>.</summary>
    public bool? Dynamic { get; init; }

    public string? Title { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.String("toolName"u8, ToolName);
        json.String("inputEncoding"u8, InputEncoding);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Json("providerMetadata"u8, ProviderMetadata);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Bool("dynamic"u8, Dynamic);
        json.String("title"u8, Title);
    }
}

/// <summary>More input text of a started tool call.</summary>
public sealed record ToolInputDeltaChunk(string ToolCallId, string InputTextDelta) : UIMessageChunk
{
    public override string Type => "tool-input-delta";

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.String("inputTextDelta"u8, InputTextDelta);
    }
}

/// <summary>The whole input of a tool call; may come without a start.</summary>
public sealed record ToolInputAvailableChunk(string ToolCallId, string ToolName, JsonElement Input) : UIMessageChunk
{
    public override string Type => "tool-input-available";

    public bool? ProviderExecuted { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    /// <summary>True makes a <c>dynamic-tool</c> part instead of <c>tool-{name}</c>.</summary>
    public bool? Dynamic { get; init; }

    public string? Title { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.String("toolName"u8, ToolName);
        json.Json("input"u8, Input);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Json("providerMetadata"u8, ProviderMetadata);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Bool("dynamic"u8, Dynamic);
        json.String("title"u8, Title);
    }
}

/// <summary>The model's input for a tool call is unusable; the call counts as failed.</summary>
public sealed record ToolInputErrorChunk(string ToolCallId, string ToolName, JsonElement Input, string ErrorText) : UIMessageChunk
{
    public override string Type => "tool-input-error";

    public bool? ProviderExecuted { get; init; }

    public JsonElement? ProviderMetadata { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    /// <summary>Only heeded if the call has no part in this step yet.</summary>
    public bool? Dynamic { get; init; }

    public string? Title { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolCallId"u8, ToolCallId);
        json.String("toolName"u8, ToolName);
        json.Json("input"u8, Input);
        json.String("errorText"u8, ErrorText);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Json("providerMetadata"u8, ProviderMetadata);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Bool("dynamic"u8, Dynamic);
        json.String("title"u8, Title);
    }
}

/// <summary>Asks the user whether a tool call may run.</summary>
public sealed record ToolApprovalRequestChunk(string ApprovalId, string ToolCallId) : UIMessageChunk
{
    public override string Type => "tool-approval-request";

    public JsonElement? ApprovalDescriptor { get; init; }

    public JsonElement? InputSchemaInput { get; init; }

    public string? Signature { get; init; }

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("approvalId"u8, ApprovalId);
        json.String("toolCallId"u8, ToolCallId);
        json.Json("approvalDescriptor"u8, ApprovalDescriptor);
        json.Json("inputSchemaInput"u8, InputSchemaInput);
        json.String("signature"u8, Signature);
    }
}
