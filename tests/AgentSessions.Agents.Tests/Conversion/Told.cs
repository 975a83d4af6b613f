using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Tests.Conversion;

/// <summary>Messages and contents as one line each, so that a test can say what it expects in words.</summary>
internal static class Told
{
    public static UIMessage Message(string json) => JsonSerializer.Deserialize<UIMessage>(json, UIJson.Options)!;

    public static UIMessage Assistant(string parts) => Message($$"""{"id":"m","role":"assistant","parts":[{{parts}}]}""");

    public static string[] Lines(IEnumerable<ChatMessage> messages) =>
        [.. messages.Select(message => $"{message.Role}: {string.Join(" | ", message.Contents.Select(Line))}")];

    public static string[] Lines(IEnumerable<UIMessageChunk> chunks) =>
        [.. chunks.Select(chunk => JsonSerializer.Serialize(chunk, UIJson.Options))];

    private static string Line(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent reasoning => $"({reasoning.Text}{(reasoning.ProtectedData is { } data ? $" #{data}" : "")})",
        FunctionCallContent call => $"{call.Name}#{call.CallId}{JsonSerializer.Serialize(call.Arguments)}",
        FunctionResultContent { Exception: not null } result => $"#{result.CallId} failed: {result.Result}",
        FunctionResultContent result => $"#{result.CallId} = {JsonSerializer.Serialize(result.Result)}",
        ToolApprovalRequestContent request => $"{Line(request.ToolCall)} ? {request.RequestId}",
        ToolApprovalResponseContent response => $"{response.RequestId} {(response.Approved ? "yes" : "no")} {response.Reason}".TrimEnd(),
        DataContent data => $"{data.Name}<{data.Uri}>",
        UriContent uri => $"<{uri.Uri} {uri.MediaType}>",
        _ => content.GetType().Name,
    };
}
