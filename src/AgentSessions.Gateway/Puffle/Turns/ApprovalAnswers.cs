using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Puffle.Requests;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Begins the turn that goes on behind the user's yes or no. What the call does was settled when it was asked about.</summary>
internal sealed class ApprovalAnswers(
    PendingCalls pending, PuffleConversations conversations, RateLimits limits, Admission admission, RunBudget budget, TurnPoster poster, TimeProvider time)
{
    /// <returns>The turn, and the message it goes on with.</returns>
    /// <exception cref="RequestRefusedException">404, also for all but the first who answer; or 429, which leaves the call open, as any failure to store the answer does.</exception>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/> or <see cref="SessionErrorCode.Overloaded"/>; the call stays open and no run is spent.</exception>
    public async ValueTask<(PostedTurn Turn, string MessageId)> OpenAsync(
        HttpContext context, GatewayUser user, StreamRequest request, ApprovalResponse answer)
    {
        CancellationToken aborted = context.RequestAborted;
        SessionRow? conversation = request.ConversationId is { } id ? await conversations.RequireAsync(user, id, aborted) : null;
        WaitingCall waiting = await pending.RequireAsync(user, answer.ToolCallId, conversation, aborted);
        limits.CountAppend(context, waiting.Session.Key);
        using Admission.Lease lease = admission.Write();
        long spent = await budget.SpendAsync(user, aborted);
        var terms = new MessageTerms
        {
            Agent = waiting.Call.Agent,
            IsApart = true,
            Attendance = TurnAttendance.Approvals,
            Receipt = RunIds.New(time.GetUtcNow()),
        };
        var next = new NewTurn(MessageOf(waiting, answer.Approved), terms)
        {
            Preface = new TurnPreface(request.BeforeCall(answer.ToolCallId), IsStored: false),
            CurrentPage = request.CurrentPage,
            PartId = waiting.AnswerId,
        };
        PostedTurn turn = await poster.PostAsync(waiting.Session, next, aborted);
        if (turn.IsRepeat)
        {
            await budget.ReturnAsync(user, spent, CancellationToken.None);
            throw PendingCalls.NotFound();
        }

        return (turn, waiting.Call.MessageId);
    }

    private static UIMessage MessageOf(WaitingCall waiting, bool isApproved) => new()
    {
        Id = waiting.Call.MessageId,
        Role = UIMessageRole.Assistant,
        Parts =
        [
            new ToolPart(waiting.Part.ToolName, waiting.Part.ToolCallId, ToolPartState.ApprovalResponded)
            {
                IsDynamic = waiting.Part.IsDynamic,
                Approval = new ToolApproval(waiting.Call.ApprovalId) { Approved = isApproved },
            },
        ],
    };
}
