using System.Text.Json;

namespace AgentSessions.Protocol.UI;

/// <summary>The wire names of the enums, both ways.</summary>
internal static class WireNames
{
    public static string WireName(this UIMessageRole role) => role switch
    {
        UIMessageRole.System => "system",
        UIMessageRole.User => "user",
        UIMessageRole.Assistant => "assistant",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };

    public static string WireName(this TextPartState state) => state switch
    {
        TextPartState.Streaming => "streaming",
        TextPartState.Done => "done",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static string WireName(this ToolPartState state) => state switch
    {
        ToolPartState.InputStreaming => "input-streaming",
        ToolPartState.InputAvailable => "input-available",
        ToolPartState.ApprovalRequested => "approval-requested",
        ToolPartState.ApprovalResponded => "approval-responded",
        ToolPartState.OutputAvailable => "output-available",
        ToolPartState.OutputError => "output-error",
        ToolPartState.OutputDenied => "output-denied",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static UIMessageRole Role(string name) => name switch
    {
        "system" => UIMessageRole.System,
        "user" => UIMessageRole.User,
        "assistant" => UIMessageRole.Assistant,
        _ => throw new JsonException($"Unknown message role \"{name}\"."),
    };

    public static TextPartState? TextState(string? name) => name switch
    {
        null => null,
        "streaming" => TextPartState.Streaming,
        "done" => TextPartState.Done,
        _ => throw new JsonException($"Unknown part state \"{name}\"."),
    };

    public static ToolPartState ToolState(string name) => name switch
    {
        "input-streaming" => ToolPartState.InputStreaming,
        "input-available" => ToolPartState.InputAvailable,
        "approval-requested" => ToolPartState.ApprovalRequested,
        "approval-responded" => ToolPartState.ApprovalResponded,
        "output-available" => ToolPartState.OutputAvailable,
        "output-error" => ToolPartState.OutputError,
        "output-denied" => ToolPartState.OutputDenied,
        _ => throw new JsonException($"Unknown tool state \"{name}\"."),
    };
}
