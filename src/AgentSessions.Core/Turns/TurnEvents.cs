using AgentSessions.Agents;
using AgentSessions.Core.Events;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Turns;

/// <summary>What the boundary's commit tells others.</summary>
internal static class TurnEvents
{
    public static IEnumerable<StatePut> AtBoundary(RunState run, Turn turn, TurnOutcome outcome, long boundary)
    {
        if (run.Shared.Outbox is not { } outbox || outcome == TurnOutcome.Empty)
        {
            return [];
        }

        var completed = new SessionEvent.TurnCompleted(run.Start.Session, run.RunId, run.AgentName, outcome.ToString(), boundary)
        {
            InputTokens = turn.Usage.InputTokenCount ?? 0,
            OutputTokens = turn.Usage.OutputTokenCount ?? 0,
        };
        WaitingApproval[] waiting = [.. turn.NewMessages.SelectMany(static message => message.Tools)
            .Where(static call => call is { State: ToolPartState.ApprovalRequested, Approval: not null })
            .Select(static call => new WaitingApproval(call.Approval!.Id, call.ToolCallId, call.ToolName))];
        List<SessionEvent> happened = [completed];
        if (waiting.Length > 0)
        {
            happened.Add(new SessionEvent.ApprovalWaiting(run.Start.Session, run.RunId, run.AgentName, waiting));
        }

        if (turn.Budget?.Refused is { } refused)
        {
            happened.Add(new SessionEvent.BudgetExceeded(
                run.Start.Session, run.RunId, run.AgentName,
                BudgetExceededException.Name(refused.Scope), BudgetExceededException.Name(refused.Kind), refused.Limit, refused.Used));
        }

        return happened.SelectMany(outbox.Put);
    }
}
