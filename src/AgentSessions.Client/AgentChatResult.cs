using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client;

/// <summary>What a turn came to.</summary>
public sealed record AgentChatResult
{
    /// <summary>The answer's text parts, joined; empty if the turn said nothing.</summary>
    public required string Text { get; init; }

    /// <summary>The tool calls of the answer, in order.</summary>
    public required IReadOnlyList<AgentToolCall> ToolCalls { get; init; }

    /// <summary>What became of those that have ended. A call that waits for the user has no result.</summary>
    public required IReadOnlyList<AgentToolResult> ToolResults { get; init; }

    /// <summary>The whole answer; null if the turn said nothing.</summary>
    public UIMessage? Message { get; init; }

    /// <summary>Whether the turn was stopped; the answer is what there was by then.</summary>
    public bool Stopped { get; init; }

    /// <summary>Why the turn failed, in words meant for users; null if it did not.</summary>
    public string? ErrorText { get; init; }

    /// <summary>One of <see cref="UIFinishReason"/>, or null.</summary>
    public string? FinishReason { get; init; }

    internal static AgentChatResult Of(Turns.AnswerFold fold)
    {
        UIMessage? message = fold.Message;
        ToolPart[] tools = [.. message?.Tools ?? []];
        return new AgentChatResult
        {
            Text = message?.Text ?? "",
            ToolCalls = [.. tools.Select(tool => new AgentToolCall(tool.ToolCallId, tool.ToolName, tool.Input))],
            ToolResults = [.. tools.Where(tool => tool.IsTerminal).Select(AgentToolResult.Of)],
            Message = message,
            Stopped = fold.IsAborted,
            ErrorText = fold.ErrorText,
            FinishReason = fold.FinishReason,
        };
    }
}

/// <summary>A tool call of an answer.</summary>
/// <param name="ToolCallId">Unique in the session.</param>
/// <param name="ToolName">The tool.</param>
/// <param name="Input">Its arguments; null while the model was still writing them.</param>
public sealed record AgentToolCall(string ToolCallId, string ToolName, JsonElement? Input);

/// <summary>What a tool call came to.</summary>
/// <param name="ToolCallId">The call.</param>
/// <param name="ToolName">The tool.</param>
public sealed record AgentToolResult(string ToolCallId, string ToolName)
{
    /// <summary>The output; null if the call failed or was denied.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why it failed; null if it did not.</summary>
    public string? ErrorText { get; init; }

    /// <summary>Whether the user refused it, so that it did not run.</summary>
    public bool IsDenied { get; init; }

    internal static AgentToolResult Of(ToolPart tool) => new(tool.ToolCallId, tool.ToolName)
    {
        Output = tool.State == ToolPartState.OutputAvailable ? tool.Output : null,
        ErrorText = tool.ErrorText,
        IsDenied = tool.State == ToolPartState.OutputDenied,
    };
}
