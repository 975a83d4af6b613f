using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Client.Views;

/// <summary>Chunks as the contents of a chat client's answer.</summary>
/// <remarks>
/// A call is handed out with what became of it, marked as information so that no client-side loop runs it again. A call that is still open
/// when the turn ends waits for this side to run it.
/// </remarks>
internal sealed class ChunkContents
{
    private readonly OrderedDictionary<string, FunctionCallContent> _open = [];

    /// <summary>The contents of a chunk; empty for chunks that say nothing in these terms.</summary>
    public IReadOnlyList<AIContent> Of(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case TextDeltaChunk text:
                return [new TextContent(text.Delta) { RawRepresentation = chunk }];
            case ReasoningDeltaChunk reasoning:
                return [new TextReasoningContent(reasoning.Delta) { RawRepresentation = chunk }];
            case ToolInputAvailableChunk input:
                _open[input.ToolCallId] = Call(input);
                return [];
            case ToolApprovalRequestChunk request when _open.Remove(request.ToolCallId, out FunctionCallContent? call):
                return [new ToolApprovalRequestContent(request.ApprovalId, call) { RawRepresentation = chunk }];
            case ToolOutputAvailableChunk { Preliminary: not true } output:
                return Result(output.ToolCallId, output.Output, failure: null);
            case ToolOutputErrorChunk error:
                return Result(error.ToolCallId, error.ErrorText, error.ErrorText);
            case FileChunk file:
                return File(file);
            case ErrorChunk error:
                return [new ErrorContent(error.ErrorText) { RawRepresentation = chunk }];
            default:
                return [];
        }
    }

    /// <summary>The calls that this side is to run, at the end of the turn.</summary>
    public IReadOnlyList<AIContent> Open() => [.. _open.Values];

    /// <summary>Why the model stopped, in these terms.</summary>
    public static ChatFinishReason? FinishReason(string? reason) => reason switch
    {
        null => null,
        UIFinishReason.Stop => ChatFinishReason.Stop,
        UIFinishReason.Length => ChatFinishReason.Length,
        UIFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        UIFinishReason.ToolCalls => ChatFinishReason.ToolCalls,
        _ => new ChatFinishReason(reason),
    };

    private static FunctionCallContent Call(ToolInputAvailableChunk input)
    {
        Dictionary<string, object?>? arguments = input.Input.ValueKind == JsonValueKind.Object
            ? input.Input.EnumerateObject().ToDictionary(static field => field.Name, static object? (field) => field.Value.Clone())
            : null;
        return new FunctionCallContent(input.ToolCallId, input.ToolName, arguments) { RawRepresentation = input };
    }

    private IReadOnlyList<AIContent> Result(string callId, object? value, string? failure)
    {
        var result = new FunctionResultContent(callId, value) { Exception = failure is null ? null : new InvalidOperationException(failure) };
        if (!_open.Remove(callId, out FunctionCallContent? call))
        {
            return [result];
        }

        call.InformationalOnly = true;
        return [call, result];
    }

    private static IReadOnlyList<AIContent> File(FileChunk file) =>
        file.Url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? [new DataContent(file.Url, file.MediaType)]
        : Uri.TryCreate(file.Url, UriKind.Absolute, out Uri? uri) ? [new UriContent(uri, file.MediaType)]
        : [];
}
