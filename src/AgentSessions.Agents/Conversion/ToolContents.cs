using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Tool calls and their results as the model knows them.</summary>
/// <remarks>
/// Calls that a provider or an inner client ran are told like all others: not every provider has a place for calls
/// of its own that it did not make itself.
/// </remarks>
internal static class ToolContents
{
    private const string DeniedText = "The user denied this tool call.";

    public static FunctionCallContent Call(ToolPart part) =>
        new FunctionCallContent(part.ToolCallId, part.ToolName, Arguments(part.Input ?? part.RawInput))
            .With(part.CallProviderMetadata);

    /// <param name="part">A call in a terminal state.</param>
    /// <param name="toolOutput">Maps the output for the model; null takes it as it is.</param>
    public static FunctionResultContent Result(ToolPart part, ToolModelOutput? toolOutput)
    {
        var result = part.State switch
        {
            ToolPartState.OutputAvailable => new FunctionResultContent(
                part.ToolCallId, Value(toolOutput is null ? part.Output : toolOutput(part))),
            ToolPartState.OutputError => Failed(part, part.ErrorText ?? ""),
            ToolPartState.OutputDenied => Failed(part, part.Approval?.Reason ?? DeniedText),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part.State, "The call has no result."),
        };
        return result.With(part.ResultProviderMetadata);
    }

    /// <summary>The user's verdict on a call that has not run; null if there is none.</summary>
    public static (ToolApprovalRequestContent Request, ToolApprovalResponseContent Response)? Decided(ToolPart part)
    {
        if (part is not { State: ToolPartState.ApprovalResponded, Approval: { Approved: { } approved } approval })
        {
            return null;
        }

        var call = Call(part);
        return (
            new ToolApprovalRequestContent(approval.Id, call),
            new ToolApprovalResponseContent(approval.Id, approved, call) { Reason = approval.Reason });
    }

    private static Dictionary<string, object?> Arguments(JsonElement? input)
    {
        var arguments = new Dictionary<string, object?>();
        if (input is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } present)
        {
            return arguments;
        }

        var value = UIJson.ToWellFormed(present);
        if (value.ValueKind != JsonValueKind.Object)
        {
            // Arguments have names; an input that is no object is what the model wrote by mistake.
            arguments["input"] = value;
            return arguments;
        }

        foreach (var argument in value.EnumerateObject())
        {
            arguments[argument.Name] = argument.Value;
        }

        return arguments;
    }

    private static object? Value(object? output) => output switch
    {
        JsonElement { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        JsonElement json => UIJson.ToWellFormed(json) is { ValueKind: JsonValueKind.String } text ? text.GetString() : UIJson.ToWellFormed(json),
        _ => output,
    };

    // The exception is how clients learn that the result is an error; its text is the part's, which was made to be shown.
    private static FunctionResultContent Failed(ToolPart part, string text) =>
        new(part.ToolCallId, text) { Exception = new InvalidOperationException(text) };
}
