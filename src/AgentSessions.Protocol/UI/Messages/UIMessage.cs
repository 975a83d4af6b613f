using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Protocol.UI;

/// <summary>A message as users see it and as it is stored: the AI SDK 6 UI message.</summary>
/// <remarks>Immutable. Unknown fields and parts survive reading and writing.</remarks>
[JsonConverter(typeof(UIMessageConverter))]
public sealed record UIMessage
{
    /// <summary>Unique in its session. Those of assistant messages come from the server.</summary>
    public required string Id { get; init; }

    public required UIMessageRole Role { get; init; }

    public IReadOnlyList<UIMessagePart> Parts { get; init; } = [];

    /// <summary>The application's own data about the message; null if there is none.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Fields this version does not know; null if there are none.</summary>
    public ExtraFields? Extra { get; init; }

    /// <summary>The text parts, joined without a separator.</summary>
    [JsonIgnore]
    public string Text => string.Concat(Parts.OfType<TextPart>().Select(part => part.Text));

    /// <summary>The tool calls, in order.</summary>
    [JsonIgnore]
    public IEnumerable<ToolPart> Tools => Parts.OfType<ToolPart>();

    /// <summary>The approvals that wait for the user's answer, in order.</summary>
    [JsonIgnore]
    public IReadOnlyList<ToolApproval> Approvals =>
        [.. Tools.Where(tool => tool.State == ToolPartState.ApprovalRequested).Select(tool => tool.Approval).OfType<ToolApproval>()];

    /// <summary>A user message of one text part.</summary>
    public static UIMessage User(string id, string text) =>
        new() { Id = id, Role = UIMessageRole.User, Parts = [new TextPart(text)] };

    /// <summary>A complete assistant message of one text part.</summary>
    public static UIMessage Assistant(string id, string text) =>
        new() { Id = id, Role = UIMessageRole.Assistant, Parts = [new TextPart(text) { State = TextPartState.Done }] };
}
