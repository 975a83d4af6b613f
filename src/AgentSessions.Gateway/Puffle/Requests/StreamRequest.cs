using System.Text.Json;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Requests;

/// <summary>The body of stream.</summary>
/// <param name="Messages">The conversation as the client has it, with ids.</param>
/// <param name="ConversationId">The conversation as the client wrote it; null for a new one.</param>
/// <param name="CurrentPage">A hint for the agent.</param>
/// <param name="Approval">An answer to a waiting tool call; null for a new turn.</param>
internal sealed record StreamRequest(
    IReadOnlyList<UIMessage> Messages, string? ConversationId, string? CurrentPage, ApprovalResponse? Approval)
{
    private const int MaxPageLength = 4096;
    private const int MaxCallIdLength = 256;

    /// <summary>The text of the newest user message.</summary>
    public string Text => Messages.LastOrDefault(static message => message.Role == UIMessageRole.User)?.Text ?? "";

    /// <summary>What came before the newest user message, for the agent's context.</summary>
    public IReadOnlyList<UIMessage> Before =>
        Clean(Messages.Take(Math.Max(0, Messages.ToList().FindLastIndex(static message => message.Role == UIMessageRole.User))));

    /// <summary>What came before the message of a call, for the agent that goes on with it.</summary>
    public IReadOnlyList<UIMessage> BeforeCall(string callId) =>
        Clean(Messages.TakeWhile(message => message.Tools.All(tool => tool.ToolCallId != callId)));

    /// <exception cref="RequestRefusedException">400.</exception>
    public static StreamRequest Read(JsonElement json)
    {
        var body = new BodyFields(json);
        if (body.Any("messages") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            throw body.Wrong("messages", "must be a list of at least one message");
        }

        UIMessage[] messages = [.. list.EnumerateArray().Select((entry, i) => Message(body, entry, i)).OfType<UIMessage>()];
        var request = new StreamRequest(messages, ConversationIdRule.Of(body), Page(body), ApprovalOf(body));
        return request.Approval is not null || request.Text.Length > 0
            ? request
            : throw body.Wrong("messages", "must hold a user message with text");
    }

    /// <returns>Null for a role that the context has no place for.</returns>
    private static UIMessage? Message(BodyFields body, JsonElement entry, int index)
    {
        string name = $"messages[{index}]";
        if (entry.ValueKind != JsonValueKind.Object || TextOf(entry, "role") is not { } role)
        {
            throw body.Wrong(name, "must be an object with a role");
        }

        if (!entry.TryGetProperty("parts", out JsonElement parts) || parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() == 0)
        {
            throw body.Wrong($"{name}.parts", "must be a list of at least one part");
        }

        UIMessageRole? known = role switch
        {
            "user" => UIMessageRole.User,
            "assistant" => UIMessageRole.Assistant,
            "system" => UIMessageRole.System,
            _ => null,
        };
        return known is null ? null : new UIMessage
        {
            Id = TextOf(entry, "id") is { Length: > 0 } id ? id : MessageIds.New(),
            Role = known.Value,
            Parts = [.. parts.EnumerateArray().Select(static part => part.Deserialize<UIMessagePart>(UIJson.Options)).OfType<UIMessagePart>()],
        };
    }

    private static IReadOnlyList<UIMessage> Clean(IEnumerable<UIMessage> messages) =>
        [.. messages.Select(UIMessageClean.CleanIncoming).Where(UIMessageClean.HasContent)];

    private static string? Page(BodyFields body) =>
        body.Any("currentPage") is null or { ValueKind: JsonValueKind.Null } ? null : body.Text("currentPage", 0, MaxPageLength);

    private static ApprovalResponse? ApprovalOf(BodyFields body)
    {
        if (body.Any("approvalResponse") is null or { ValueKind: JsonValueKind.Null })
        {
            return null;
        }

        var answer = new BodyFields(body.RequiredObject("approvalResponse"), "approvalResponse.");
        string call = answer.RequiredText("toolCallId", 1, MaxCallIdLength);
        return answer.Any("approved") is { ValueKind: JsonValueKind.True or JsonValueKind.False } approved
            ? new ApprovalResponse(call, approved.GetBoolean())
            : throw answer.Wrong("approved", "must be true or false");
    }

    private static string? TextOf(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>The user's yes or no to a tool call.</summary>
internal sealed record ApprovalResponse(string ToolCallId, bool Approved);
