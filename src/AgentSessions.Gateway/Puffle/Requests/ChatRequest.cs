using System.Text.Json;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Requests;

/// <summary>The body of start and sync.</summary>
/// <param name="Message">What the user says; at least one character.</param>
/// <param name="ConversationId">The conversation as the client wrote it; null for a new one.</param>
/// <param name="History">Earlier turns for a new conversation.</param>
internal sealed record ChatRequest(string Message, string? ConversationId, IReadOnlyList<UIMessage> History)
{
    private const string HistoryName = "history";

    /// <exception cref="RequestRefusedException">400.</exception>
    public static ChatRequest Read(JsonElement json)
    {
        var body = new BodyFields(json);
        return new ChatRequest(
            body.RequiredText("message", 1, int.MaxValue), ConversationIdRule.Of(body), [.. Entries(body).Select((entry, i) => Entry(body, entry, i))]);
    }

    private static IEnumerable<JsonElement> Entries(BodyFields body) => body.Any(HistoryName) switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        _ => throw body.Wrong(HistoryName, "must be a list"),
    };

    private static UIMessage Entry(BodyFields body, JsonElement entry, int index)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "content") is not { } content)
        {
            throw body.Wrong($"{HistoryName}[{index}]", "must be an object with a role and a text as content");
        }

        string id = MessageIds.New();
        return Text(entry, "role") switch
        {
            "user" => UIMessage.User(id, content),
            "assistant" => UIMessage.Assistant(id, content),
            "system" => new UIMessage { Id = id, Role = UIMessageRole.System, Parts = [new TextPart(content)] },
            "tool" => ToolResult(id, entry, content),
            _ => throw body.Wrong($"{HistoryName}[{index}].role", "must be user, assistant, system or tool"),
        };
    }

    /// <summary>Stored conversations have no turns of a tool's own: its result is an answer of nothing but the call.</summary>
    private static UIMessage ToolResult(string id, JsonElement entry, string content) => new()
    {
        Id = id,
        Role = UIMessageRole.Assistant,
        Parts =
        [
            new ToolPart(Text(entry, "toolName") is { Length: > 0 } tool ? tool : "tool", Text(entry, "toolCallId") is { Length: > 0 } call ? call : $"call_{id}", ToolPartState.OutputAvailable)
            {
                Input = UIJson.ToElement(new { }),
                Output = UIJson.ToElement(content),
            },
        ],
    };

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
