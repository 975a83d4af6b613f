using System.Text.Json;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Cli.Chats;

/// <summary>What a turn left for the user to answer, and how it ended.</summary>
internal sealed class OpenQuestions
{
    private readonly Dictionary<string, (string Tool, JsonElement Input)> _calls = [];
    private readonly List<OpenApproval> _approvals = [];

    /// <summary>Tools that wait for a yes or no, in order.</summary>
    public IReadOnlyList<OpenApproval> Approvals => _approvals;

    /// <summary>Why the turn failed; null if it did not.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>Those that a message of the history still waits with.</summary>
    public static OpenQuestions Of(UIMessage? message)
    {
        var open = new OpenQuestions();
        foreach (ToolPart tool in message?.Tools ?? [])
        {
            if (tool is { State: ToolPartState.ApprovalRequested, Approval: { } approval })
            {
                open._approvals.Add(new OpenApproval(approval.Id, tool.ToolName, tool.Input));
            }
        }

        return open;
    }

    public void Add(UIMessageChunk chunk)
    {
        switch (chunk)
        {
            case StartChunk { MessageId: not null }:
                _approvals.Clear();
                break;
            case ToolInputAvailableChunk call:
                _calls[call.ToolCallId] = (call.ToolName, call.Input);
                break;
            case ToolApprovalRequestChunk request:
                _approvals.Add(_calls.TryGetValue(request.ToolCallId, out (string Tool, JsonElement Input) asked)
                    ? new OpenApproval(request.ApprovalId, asked.Tool, asked.Input)
                    : new OpenApproval(request.ApprovalId, "a tool", null));
                break;
            case ErrorChunk error:
                ErrorText = error.ErrorText;
                break;
        }
    }
}

/// <summary>A tool call that waits for the user's yes or no.</summary>
internal sealed record OpenApproval(string Id, string Tool, JsonElement? Input);
