using System.Text.Json;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.AI;

namespace AgentSessions.Testing;

/// <summary>Makes the model's replies of recorded answers: each step was one call of the model.</summary>
internal static class RecordedReplies
{
    public static IEnumerable<ChatResponseUpdate[]> Of(UIMessage answer)
    {
        var step = new List<AIContent>();
        foreach (UIMessagePart part in answer.Parts)
        {
            if (part is StepStartPart)
            {
                if (step.Count > 0)
                {
                    yield return Reply(step);
                }

                step = [];
                continue;
            }

            if (Content(part) is { } content)
            {
                step.Add(content);
            }
        }

        if (step.Count > 0)
        {
            yield return Reply(step);
        }
    }

    private static AIContent? Content(UIMessagePart part) => part switch
    {
        TextPart text => new TextContent(text.Text),
        ReasoningPart reasoning => new TextReasoningContent(reasoning.Text),
        ToolPart { ProviderExecuted: not true } call => new FunctionCallContent(call.ToolCallId, call.ToolName, Arguments(call.Input)),
        _ => null,
    };

    private static ChatResponseUpdate[] Reply(List<AIContent> contents) =>
    [
        .. contents.Select(static content => new ChatResponseUpdate(ChatRole.Assistant, [content])),
        new(ChatRole.Assistant, (string?)null)
        {
            FinishReason = contents.OfType<FunctionCallContent>().Any() ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
        },
    ];

    private static Dictionary<string, object?>? Arguments(JsonElement? input) => input is { ValueKind: JsonValueKind.Object } json
        ? json.EnumerateObject().ToDictionary(static property => property.Name, static property => (object?)property.Value)
        : null;
}
