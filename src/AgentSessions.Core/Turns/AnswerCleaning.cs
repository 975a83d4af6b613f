using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>Makes a broken-off answer fit to keep (lifecycle, section 9).</summary>
internal static class AnswerCleaning
{
    /// <summary>Without tool calls that have no result, and with every text done.</summary>
    public static UIMessage Clean(UIMessage message) => message with { Parts = [.. message.Parts.Where(IsKept).Select(Close)] };

    private static bool IsKept(UIMessagePart part) => part is not ToolPart { State: ToolPartState.InputStreaming };

    private static UIMessagePart Close(UIMessagePart part) => part switch
    {
        TextPart { State: TextPartState.Streaming } text => text with { State = TextPartState.Done },
        ReasoningPart { State: TextPartState.Streaming } reasoning => reasoning with { State = TextPartState.Done },
        _ => part,
    };
}
