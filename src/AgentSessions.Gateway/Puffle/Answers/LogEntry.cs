using System.Text;
using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Answers;

/// <summary>One entry of a run's message log: what somebody said, or the result of a tool call.</summary>
/// <param name="Role"><c>user</c>, <c>assistant</c>, <c>system</c> or <c>tool</c>.</param>
/// <param name="Content">The text.</param>
/// <param name="Call">The call of a tool's entry; else null.</param>
internal sealed record LogEntry(string Role, string Content, ToolPart? Call = null)
{
    /// <summary>The entries that messages make. An answer with tool calls is several.</summary>
    public static IEnumerable<LogEntry> Of(IEnumerable<UIMessage> messages) => messages.SelectMany(static message => message.Role switch
    {
        UIMessageRole.User => [new LogEntry("user", message.Text)],
        UIMessageRole.System => [new LogEntry("system", message.Text)],
        _ => OfAnswer(message),
    });

    /// <summary>The last thing an assistant said in these entries; empty if nothing.</summary>
    public static string FinalText(IEnumerable<LogEntry> entries) =>
        entries.LastOrDefault(static entry => entry.Role == "assistant")?.Content ?? "";

    /// <summary>What came of a call, as JSON; null while nothing has.</summary>
    public static JsonElement? ResultOf(ToolPart call) => call switch
    {
        { State: ToolPartState.OutputAvailable } => call.Output ?? UIJson.Null,
        { State: ToolPartState.OutputError } => UIJson.ToElement(call.ErrorText ?? ""),
        { State: ToolPartState.OutputDenied } => UIJson.ToElement(call.Approval?.Reason ?? "The call was denied."),
        _ => null,
    };

    private static IEnumerable<LogEntry> OfAnswer(UIMessage message)
    {
        var text = new StringBuilder();
        foreach (UIMessagePart part in message.Parts)
        {
            if (part is TextPart said)
            {
                text.Append(said.Text);
            }
            else if (part is ToolPart call && ResultOf(call) is { } result)
            {
                if (text.Length > 0)
                {
                    yield return new LogEntry("assistant", text.ToString());
                    text.Clear();
                }

                yield return new LogEntry("tool", result.ValueKind == JsonValueKind.String ? result.GetString()! : result.GetRawText(), call);
            }
        }

        if (text.Length > 0)
        {
            yield return new LogEntry("assistant", text.ToString());
        }
    }
}
