using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>Decides on the calls that an answer leaves open, as far as nobody has to be asked: by standing approvals, or because nobody is there.</summary>
internal static class OpenDecisions
{
    /// <summary>What an agent is told of a call that nobody could approve.</summary>
    public const string Denied = "The call was denied: nobody is there to approve it.";

    /// <summary>What becomes of an approval that a new message found open.</summary>
    public const string Withdrawn = "The call was denied: another message came before it was approved.";

    private const string Declined = "The question was declined: nobody is there to answer it.";

    /// <summary>The answer with its decisions; the same instance if there are none.</summary>
    public static async ValueTask<UIMessage> DecideAsync(
        UIMessage answer, RunState run, TurnAttendance attendance, CancellationToken cancellationToken)
    {
        UIMessagePart[]? parts = null;
        for (int i = 0; i < answer.Parts.Count; i++)
        {
            if (answer.Parts[i] is ToolPart call && await DecideAsync(call, run, attendance, cancellationToken) is { } decided)
            {
                parts ??= [.. answer.Parts];
                parts[i] = decided;
            }
        }

        return parts is null ? answer : answer with { Parts = parts };
    }

    /// <summary>The message with every open approval denied; the same instance if there are none.</summary>
    public static UIMessage Withdraw(UIMessage message) => message.Approvals.Count == 0
        ? message
        : message with
        {
            Parts = [.. message.Parts.Select(static part => part is ToolPart { State: ToolPartState.ApprovalRequested } call
                ? call with { State = ToolPartState.OutputDenied, Approval = call.Approval! with { Approved = false, Reason = Withdrawn } }
                : part)],
        };

    private static async ValueTask<ToolPart?> DecideAsync(
        ToolPart call, RunState run, TurnAttendance attendance, CancellationToken cancellationToken) => call.State switch
        {
            // A rule allows a call, but not that one that may have had its effect is made again.
            ToolPartState.ApprovalRequested when run.Shared.Approvals is { } standing && !run.Journal.WasInterrupted(call.ToolCallId)
                && await standing.AllowsAsync(run.Start.Session, call, cancellationToken) => Answer(call, isApproved: true, reason: null),
            ToolPartState.ApprovalRequested when attendance == TurnAttendance.None => Answer(call, isApproved: false, Denied),
            ToolPartState.InputAvailable when attendance != TurnAttendance.Full => call with { State = ToolPartState.OutputError, ErrorText = Declined },
            _ => null,
        };

    private static ToolPart Answer(ToolPart call, bool isApproved, string? reason) =>
        call with { State = ToolPartState.ApprovalResponded, Approval = call.Approval! with { Approved = isApproved, Reason = reason } };
}
