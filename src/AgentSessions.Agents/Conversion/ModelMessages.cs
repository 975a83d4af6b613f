using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Agents.Conversion;

/// <summary>Turns what users see into what the model is told.</summary>
/// <remarks>
/// <para>
/// Every message is converted by itself and always the same way, so a longer conversation begins with exactly the
/// messages of the shorter one and a provider's prompt cache keeps working.
/// </para>
/// <para>
/// An assistant message becomes one assistant message per step and, behind it, one tool message with the results in
/// the order of the calls. Calls without a result, preliminary outputs, data parts and sources stay out. A call the
/// user has decided on but that has not run appears as an approval request and, in the tool message, its response.
/// All messages carry the id of the message they come from.
/// </para>
/// </remarks>
public static class ModelMessages
{
    /// <param name="messages">The conversation as users see it.</param>
    /// <param name="toolOutput">Maps outputs of tools that declare a mapping; null gives the model the full outputs.</param>
    public static List<ChatMessage> FromUI(IEnumerable<UIMessage> messages, ToolModelOutput? toolOutput = null)
    {
        var converted = new List<ChatMessage>();
        foreach (var message in messages)
        {
            converted.AddRange(FromUI(message, toolOutput));
        }

        return converted;
    }

    /// <returns>The message for the model; empty if nothing of it concerns the model.</returns>
    public static IReadOnlyList<ChatMessage> FromUI(UIMessage message, ToolModelOutput? toolOutput = null) => message.Role switch
    {
        UIMessageRole.System => Single(ChatRole.System, message, message.Text.Length == 0 ? [] : [new TextContent(message.Text)]),
        UIMessageRole.User => Single(ChatRole.User, message, [.. message.Parts.Select(PartContents.OfUser).OfType<AIContent>()]),
        UIMessageRole.Assistant => [.. Steps(message).SelectMany(step => FromStep(message.Id, step, toolOutput))],
        _ => throw new ArgumentOutOfRangeException(nameof(message), message.Role, null),
    };

    private static IReadOnlyList<ChatMessage> Single(ChatRole role, UIMessage message, IList<AIContent> contents) =>
        contents.Count == 0 ? [] : [new ChatMessage(role, contents) { MessageId = message.Id }];

    private static IEnumerable<List<UIMessagePart>> Steps(UIMessage message)
    {
        var step = new List<UIMessagePart>();
        foreach (var part in message.Parts)
        {
            if (part is StepStartPart)
            {
                yield return step;
                step = [];
            }
            else
            {
                step.Add(part);
            }
        }

        yield return step;
    }

    private static IEnumerable<ChatMessage> FromStep(string messageId, List<UIMessagePart> step, ToolModelOutput? toolOutput)
    {
        var contents = new List<AIContent>();
        var results = new List<AIContent>();
        foreach (var part in step)
        {
            if (part is not ToolPart tool)
            {
                if (PartContents.OfAssistant(part) is { } content)
                {
                    contents.Add(content);
                }
            }
            else if (tool.IsTerminal)
            {
                contents.Add(ToolContents.Call(tool));
                results.Add(ToolContents.Result(tool, toolOutput));
            }
            else if (ToolContents.Decided(tool) is { } decided)
            {
                contents.Add(decided.Request);
                results.Add(decided.Response);
            }
        }

        if (contents.Count > 0)
        {
            yield return new ChatMessage(ChatRole.Assistant, contents) { MessageId = messageId };
        }

        if (results.Count > 0)
        {
            yield return new ChatMessage(ChatRole.Tool, results) { MessageId = messageId };
        }
    }
}
