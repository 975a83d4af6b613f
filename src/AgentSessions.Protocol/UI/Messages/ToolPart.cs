using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>A tool call and what came of it: a <c>tool-{name}</c> or <c>dynamic-tool</c> part.</summary>
public sealed record ToolPart(string ToolName, string ToolCallId, ToolPartState State) : UIMessagePart
{
    internal const string Prefix = "tool-";
    internal const string DynamicType = "dynamic-tool";

    public override string Type => IsDynamic ? DynamicType : Prefix + ToolName;

    /// <summary>True for a tool the client does not know by name; its part has the type <c>dynamic-tool</c>.</summary>
    public bool IsDynamic { get; init; }

    public string? Title { get; init; }

    public JsonElement? ToolMetadata { get; init; }

    /// <summary>While streaming, as much of the input as can be read. Absent in the slim copies clients send.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>The input text so far while streaming (a string), or an input that could not be used.</summary>
    public JsonElement? RawInput { get; init; }

    /// <summary><c>json</c> (the default) or <c>text</c>; only while the input streams.</summary>
    public string? InputEncoding { get; init; }

    public JsonElement? Output { get; init; }

    public string? ErrorText { get; init; }

    /// <summary>True if the model's provider ran the tool.</summary>
    public bool? ProviderExecuted { get; init; }

    /// <summary>True while a later output is to replace this one. Preliminary outputs never reach the model.</summary>
    public bool? Preliminary { get; init; }

    public JsonElement? CallProviderMetadata { get; init; }

    public JsonElement? ResultProviderMetadata { get; init; }

    /// <summary>The question whether to run the call, and its answer.</summary>
    public ToolApproval? Approval { get; init; }

    /// <summary>True once the call has its last result: nothing moves it back from there.</summary>
    public bool IsTerminal => State switch
    {
        ToolPartState.OutputAvailable => Preliminary is not true,
        ToolPartState.OutputError or ToolPartState.OutputDenied => true,
        _ => false,
    };

    internal override void WriteFields(ref JsonObjectWriter json)
    {
        json.String("toolName"u8, IsDynamic ? ToolName : null);
        json.String("toolCallId"u8, ToolCallId);
        json.String("state"u8, State.WireName());
        json.String("title"u8, Title);
        json.Json("toolMetadata"u8, ToolMetadata);
        json.Json("input"u8, Input);
        json.Json("rawInput"u8, RawInput);
        json.String("inputEncoding"u8, InputEncoding);
        json.Json("output"u8, Output);
        json.String("errorText"u8, ErrorText);
        json.Bool("providerExecuted"u8, ProviderExecuted);
        json.Bool("preliminary"u8, Preliminary);
        json.Json("callProviderMetadata"u8, CallProviderMetadata);
        json.Json("resultProviderMetadata"u8, ResultProviderMetadata);
        Approval?.WriteTo(ref json);
    }
}
