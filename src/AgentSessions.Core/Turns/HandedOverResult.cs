using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>The result of a call that the other process made itself, as the AI SDK's model messages write it: <c>output</c> is a type and its value.</summary>
internal static class HandedOverResult
{
    private const string Failed = "The call failed.";

    /// <summary>The call with its result: it is not made again.</summary>
    /// <param name="call">The call.</param>
    /// <param name="result">The <c>tool-result</c> content.</param>
    public static ToolPart LayOver(ToolPart call, JsonElement result)
    {
        JsonElement output = result.TryGetProperty("output", out JsonElement found) ? found : UIJson.Null;
        (string? type, JsonElement value) = output.ValueKind == JsonValueKind.Object && output.TryGetProperty("type", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
            ? (kind.GetString(), output.TryGetProperty("value", out JsonElement inner) ? inner : UIJson.Null)
            : (null, output);
        return type switch
        {
            "execution-denied" => call with { State = ToolPartState.OutputDenied },
            "error-text" or "error-json" => call with { State = ToolPartState.OutputError, ErrorText = value.ValueKind == JsonValueKind.String ? value.GetString() : Failed },
            _ => call with { State = ToolPartState.OutputAvailable, Output = value },
        };
    }
}
