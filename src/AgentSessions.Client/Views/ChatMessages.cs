using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Client.Views;

/// <summary>What a history's last words ask of a session that has the rest of it.</summary>
internal static class ChatMessages
{
    /// <summary>The messages after the last one of the assistant: what the session cannot have yet.</summary>
    public static IReadOnlyList<ChatMessage> New(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] all = [.. messages];
        int answered = Array.FindLastIndex(all, static message => message.Role == ChatRole.Assistant);
        return [.. all.Skip(answered + 1).Where(static message => message.Role == ChatRole.User || message.Role == ChatRole.Tool)];
    }

    /// <summary>The contents of several messages as one user message; null if there is nothing to say.</summary>
    public static UIMessage? User(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] said = [.. messages.Where(static message => message.Role == ChatRole.User)];
        UIMessagePart[] parts = [.. said.SelectMany(static message => message.Contents).Select(Part).OfType<UIMessagePart>()];
        return parts.Length == 0
            ? null
            : new UIMessage { Id = said[^1].MessageId ?? Guid.NewGuid().ToString(), Role = UIMessageRole.User, Parts = parts };
    }

    /// <summary>A tool's result as JSON: objects as they are, everything else by its own type.</summary>
    public static JsonElement Output(FunctionResultContent result) => result.Result switch
    {
        null => UIJson.Null,
        JsonElement element => element,
        { } value => JsonSerializer.SerializeToElement(value, value.GetType(), UIJson.Options),
    };

    private static UIMessagePart? Part(AIContent content) => content switch
    {
        TextContent text => new TextPart(text.Text),
        DataContent data => new FilePart(data.MediaType, data.Uri) { Filename = data.Name },
        UriContent uri => new FilePart(uri.MediaType, uri.Uri.ToString()),
        _ => null,
    };
}
