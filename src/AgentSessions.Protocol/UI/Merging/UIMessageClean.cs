namespace AgentSessions.Protocol.UI;

/// <summary>What is taken out of messages before they are stored or believed.</summary>
/// <remarks>All of these hand back the same instance if there is nothing to do.</remarks>
public static class UIMessageClean
{
    /// <summary>Makes an unfinished answer storable: calls without a result go, open text and reasoning are done.</summary>
    /// <remarks>Not for finished answers: there a call in <c>input-available</c> is a question to the user.</remarks>
    public static UIMessage Clean(UIMessage message) => CloseText(Keep(message, part =>
        part is not ToolPart { State: ToolPartState.InputStreaming or ToolPartState.InputAvailable }));

    /// <summary>Marks open text and reasoning as done.</summary>
    public static UIMessage CloseText(UIMessage message) =>
        message.Parts.Any(IsOpen) ? message with { Parts = [.. message.Parts.Select(Closed)] } : message;

    /// <summary>Cleans what a client sent: only agents write injection markers and unfinished calls.</summary>
    public static UIMessage CleanIncoming(UIMessage message) => message.Role == UIMessageRole.Assistant
        ? Clean(message)
        : Keep(message, part => part is not DataPart { Name: DataPart.PendingMessageInjected or DataPart.BackgroundInjected });

    /// <summary>False for a message of nothing but step markers, which is not worth storing.</summary>
    public static bool HasContent(UIMessage message) => message.Parts.Any(part => part is not StepStartPart);

    internal static UIMessage Keep(UIMessage message, Func<UIMessagePart, bool> keep) =>
        message.Parts.All(keep) ? message : message with { Parts = [.. message.Parts.Where(keep)] };

    private static bool IsOpen(UIMessagePart part) =>
        part is TextPart { State: TextPartState.Streaming } or ReasoningPart { State: TextPartState.Streaming };

    private static UIMessagePart Closed(UIMessagePart part) => part switch
    {
        TextPart { State: TextPartState.Streaming } text => text with { State = TextPartState.Done },
        ReasoningPart { State: TextPartState.Streaming } reasoning => reasoning with { State = TextPartState.Done },
        _ => part,
    };
}
