using System.Text.Json;
using AgentSessions.Core.Runs.State;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>What another process answered of a first step, as the wire brings it (wire document, section 11).</summary>
/// <param name="Message">The answer so far. Calls without a result wait to be run, those with an approval request if the user's server has approved them.</param>
/// <param name="IsFinal">Whether it is the whole answer, so that no model is called.</param>
internal sealed record HandedOverStep(UIMessage Message, bool IsFinal)
{
    /// <summary>Reads a handover record.</summary>
    /// <param name="record">The record, an object.</param>
    /// <param name="messageId">The id if it names none.</param>
    public static HandedOverStep Read(JsonElement record, string messageId)
    {
        bool isFinal = record.TryGetProperty("isFinal", out JsonElement final) && final.ValueKind == JsonValueKind.True;
        JsonElement[] messages = record.TryGetProperty("partialAssistantMessage", out JsonElement partial) && partial.ValueKind == JsonValueKind.Array
            ? [.. partial.EnumerateArray()]
            : [];
        var verdicts = new Dictionary<string, (bool Approved, string? Reason)>();
        foreach (JsonElement verdict in messages.Where(static message => Text(message, "role") == "tool").SelectMany(Contents))
        {
            if (Text(verdict, "type") == "tool-approval-response" && Text(verdict, "approvalId") is { } approvalId)
            {
                verdicts[approvalId] = (verdict.TryGetProperty("approved", out JsonElement yes) && yes.ValueKind == JsonValueKind.True, Text(verdict, "reason"));
            }
        }

        var parts = new List<UIMessagePart> { new StepStartPart() };
        foreach (JsonElement content in messages.Where(static message => Text(message, "role") == "assistant").SelectMany(Contents))
        {
            Add(parts, content, verdicts);
        }

        foreach (JsonElement result in messages.SelectMany(Contents).Where(static content => Text(content, "type") == "tool-result"))
        {
            Change(parts, Text(result, "toolCallId"), call => HandedOverResult.LayOver(call, result));
        }

        return new HandedOverStep(
            new UIMessage { Id = Text(record, "messageId") ?? messageId, Role = UIMessageRole.Assistant, Parts = parts }, isFinal);
    }

    /// <summary>The answer as a run that died left it; null if none had begun with the calls.</summary>
    /// <param name="written">What <c>out</c> holds of the answer, or null.</param>
    /// <param name="wasInterrupted">Whether a call, by its id, was begun and may have had its effect.</param>
    public UIMessage? After(UIMessage? written, Func<string, bool> wasInterrupted)
    {
        Dictionary<string, ToolPart> handed = Message.Tools.DistinctBy(static call => call.ToolCallId).ToDictionary(static call => call.ToolCallId);
        written = written?.Id == Message.Id && handed.Keys.All(id => written.Tools.Any(call => call.ToolCallId == id)) ? written : null;
        bool hasBegun = handed.Keys.Any(wasInterrupted)
            || written?.Tools.Any(call => call.IsTerminal || !handed.ContainsKey(call.ToolCallId)) is true;
        if (!hasBegun)
        {
            return null;
        }

        UIMessage left = written is null ? Message : PartialAnswer.UpToItsCalls(written);
        return left with { Parts = [.. left.Parts.Select(Settle)] };

        // The user's yes holds for a call that nobody has begun; for one that was, what is declared for such calls.
        UIMessagePart Settle(UIMessagePart part) => part is not ToolPart { IsTerminal: false } call ? part
            : wasInterrupted(call.ToolCallId) ? call with { State = ToolPartState.InputAvailable, Approval = null }
            : handed.GetValueOrDefault(call.ToolCallId, call);
    }

    private static void Add(List<UIMessagePart> parts, JsonElement content, Dictionary<string, (bool Approved, string? Reason)> verdicts)
    {
        switch (Text(content, "type"))
        {
            case "text" when Text(content, "text") is { Length: > 0 } text:
                parts.Add(new TextPart(text) { State = TextPartState.Done });
                break;
            case "reasoning" when Text(content, "text") is { Length: > 0 } text:
                parts.Add(new ReasoningPart(text) { State = TextPartState.Done });
                break;
            case "tool-call" when Text(content, "toolCallId") is { } callId && Text(content, "toolName") is { } tool:
                parts.Add(new ToolPart(tool, callId, ToolPartState.InputAvailable)
                {
                    Input = content.TryGetProperty("input", out JsonElement input) ? input : UIJson.Null,
                    ProviderExecuted = content.TryGetProperty("providerExecuted", out JsonElement provider) && provider.ValueKind == JsonValueKind.True ? true : null,
                });
                break;
            case "tool-approval-request" when Text(content, "toolCallId") is { } callId && Text(content, "approvalId") is { } approvalId:
                Change(parts, callId, call => Decide(call, approvalId, verdicts));
                break;
        }
    }

    private static void Change(List<UIMessagePart> parts, string? callId, Func<ToolPart, ToolPart> change)
    {
        int place = parts.FindLastIndex(part => part is ToolPart tool && tool.ToolCallId == callId);
        if (place >= 0)
        {
            parts[place] = change((ToolPart)parts[place]);
        }
    }

    private static ToolPart Decide(ToolPart call, string approvalId, Dictionary<string, (bool Approved, string? Reason)> verdicts) =>
        verdicts.TryGetValue(approvalId, out (bool Approved, string? Reason) verdict)
            ? call with
            {
                State = ToolPartState.ApprovalResponded,
                Approval = new ToolApproval(approvalId) { Approved = verdict.Approved, Reason = verdict.Reason },
            }
            : call with { State = ToolPartState.ApprovalRequested, Approval = new ToolApproval(approvalId) };

    /// <summary>A message's contents; a plain string is one text.</summary>
    private static IEnumerable<JsonElement> Contents(JsonElement message)
    {
        if (!message.TryGetProperty("content", out JsonElement content))
        {
            return [];
        }

        return content.ValueKind switch
        {
            JsonValueKind.Array => content.EnumerateArray(),
            JsonValueKind.String => [UIJson.ToElement(new { type = "text", text = content.GetString() })],
            _ => [],
        };
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
