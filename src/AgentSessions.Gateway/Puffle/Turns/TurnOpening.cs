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

/// <summary>Begins a turn for a user's text, the same way for start, sync and stream: size, ownership, limits, budget, then conversation and queue.</summary>
internal sealed class TurnOpening(
    PuffleConversations conversations, RateLimits limits, Admission admission, RunBudget budget, RunStore runs, TurnPoster poster, TimeProvider time)
{
    /// <summary>Begins a turn of start or sync, which nobody watches.</summary>
    /// <param name="context">The call. It is done when nobody waits for it any more.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="agent">Who answers.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="isPolled">Whether the run can be asked for by its id later.</param>
    /// <exception cref="RequestRefusedException">413, 404, 429.</exception>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/> or <see cref="SessionErrorCode.Overloaded"/>; no run is spent.</exception>
    public ValueTask<PostedTurn> OpenAsync(HttpContext context, GatewayUser user, string agent, ChatRequest request, bool isPolled)
    {
        var terms = new MessageTerms { Agent = agent, IsApart = true, Attendance = TurnAttendance.None };
        var turn = new NewTurn(UIMessage.User(MessageIds.New(), request.Message), terms)
        {
            Preface = request.ConversationId is null ? new TurnPreface(request.History, IsStored: true) : null,
        };
        return OpenAsync(context, user, request.ConversationId, turn, isPolled);
    }

    /// <summary>Begins a turn of stream, whose client is there to approve tool calls.</summary>
    /// <exception cref="RequestRefusedException">413, 404, 429.</exception>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RateLimited"/> or <see cref="SessionErrorCode.Overloaded"/>; no run is spent.</exception>
    public ValueTask<PostedTurn> OpenAsync(HttpContext context, GatewayUser user, string agent, StreamRequest request)
    {
        var terms = new MessageTerms { Agent = agent, IsApart = true, Attendance = TurnAttendance.Approvals };
        var turn = new NewTurn(UIMessage.User(MessageIds.New(), request.Text), terms)
        {
            Preface = new TurnPreface(request.Before, IsStored: false),
            CurrentPage = request.CurrentPage,
        };
        return OpenAsync(context, user, request.ConversationId, turn, isPolled: false);
    }

    private async ValueTask<PostedTurn> OpenAsync(HttpContext context, GatewayUser user, string? conversationId, NewTurn turn, bool isPolled)
    {
        CancellationToken aborted = context.RequestAborted;
        TurnRecord.RequireFits(turn.Message, turn.CurrentPage);
        SessionRow? session = conversationId is null ? null : await conversations.RequireAsync(user, conversationId, aborted);
        string newId = Guid.NewGuid().ToString();
        if (session is null)
        {
            limits.CountCreate(context, user.Environment, newId);
        }

        limits.CountAppend(context, session?.Key ?? new SessionKey(user.Environment, newId));
        using Admission.Lease lease = admission.Write();
        await budget.SpendAsync(user, aborted);
        session ??= await conversations.CreateAsync(user, turn.Terms.Agent!, newId, turn.Message.Text, aborted);
        string runId = RunIds.New(time.GetUtcNow());
        if (isPolled)
        {
            await runs.AddAsync(new PuffleRun(runId, user.Id, user.Environment, session.Key.Key), aborted);
        }

        return await poster.PostAsync(session, turn with { Terms = turn.Terms with { Receipt = runId } }, aborted);
    }
}
