using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>What a turn left for the user to answer, and how it ended.</summary>
internal sealed class OpenQuestions
{
    private readonly List<OpenCall> _calls = [];
    private string? _messageId;

    /// <summary>Tool calls that wait for a yes or no, or for their result, in order.</summary>
    public IReadOnlyList<OpenCall> Calls => _calls;

    /// <summary>Why the turn failed; null if it did not.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>Those that a message of the history still waits with.</summary>
    public static OpenQuestions Of(UIMessage? message)
    {
        var open = new OpenQuestions { _messageId = message?.Id };
        foreach (ToolPart tool in message?.Tools ?? [])
        {
            if (tool is { State: ToolPartState.ApprovalRequested, Approval: { } approval })
            {
                open._calls.Add(new OpenCall(tool.ToolCallId, tool.ToolName, tool.Input) { ApprovalId = approval.Id });
            }
            else if (tool is { State: ToolPartState.InputAvailable, ProviderExecuted: not true, Approval: null })
            {
                open._calls.Add(new OpenCall(tool.ToolCallId, tool.ToolName, tool.Input));
            }
        }

        return open;
    }

    /// <summary>What stays open beside a call that is being answered: the turn that follows asks for nothing twice.</summary>
    public OpenQuestions Without(OpenCall answered)
    {
        var open = new OpenQuestions { _messageId = _messageId };
        open._calls.AddRange(_calls.Where(call => call != answered));
        return open;
    }

    public void Add(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case StartChunk { MessageId: { } id } when id != _messageId:
                _messageId = id;
                _calls.Clear();
                break;
            case ToolInputAvailableChunk { ProviderExecuted: not true } call:
                Replace(call.ToolCallId, new OpenCall(call.ToolCallId, call.ToolName, call.Input));
                break;
            case ToolApprovalRequestChunk request:
                OpenCall asked = _calls.Find(call => call.Id == request.ToolCallId) ?? new OpenCall(request.ToolCallId, "a tool", null);
                Replace(request.ToolCallId, asked with { ApprovalId = request.ApprovalId });
                break;
            case ToolOutputAvailableChunk { Preliminary: not true } output:
                Replace(output.ToolCallId, null);
                break;
            case ToolOutputErrorChunk failed:
                Replace(failed.ToolCallId, null);
                break;
            case ToolOutputDeniedChunk denied:
                Replace(denied.ToolCallId, null);
                break;
            case AbortChunk:
                DropCutCalls();
                break;
            case ErrorChunk error:
                ErrorText = error.ErrorText;
                DropCutCalls();
                break;
        }
    }

    /// <summary>A call without a result was cut off with its turn: nobody waits for it.</summary>
    private void DropCutCalls() => _calls.RemoveAll(static call => call.ApprovalId is null);

    private void Replace(string id, OpenCall? call)
    {
        int index = _calls.FindIndex(open => open.Id == id);
        if (index >= 0)
        {
            _calls.RemoveAt(index);
        }

        if (call is not null)
        {
            _calls.Insert(index >= 0 ? index : _calls.Count, call);
        }
    }
}

/// <summary>A tool call that waits for the user.</summary>
/// <param name="Id">The call's id.</param>
/// <param name="Tool">The tool's name.</param>
/// <param name="Input">What the agent gave it, if that is known.</param>
internal sealed record OpenCall(string Id, string Tool, JsonElement? Input)
{
    /// <summary>Set when it waits for a yes or no; else it waits for its result.</summary>
    public string? ApprovalId { get; init; }
}
