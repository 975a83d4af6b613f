using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Puffle.Requests;
using AgentSessions.Gateway.Users;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Begins a turn for a user's text, the same way for start, sync and stream: size, ownership, budget, then conversation and queue.</summary>
internal sealed class TurnOpening(Conversations conversations, RunBudget budget, RunStore runs, TurnPoster poster, TimeProvider time)
{
    /// <summary>Begins a turn of start or sync, which nobody watches.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="agent">Who answers.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="isPolled">Whether the run can be asked for by its id later.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestRefusedException">413, 404, 429.</exception>
    public ValueTask<PostedTurn> OpenAsync(GatewayUser user, string agent, ChatRequest request, bool isPolled, CancellationToken cancellationToken)
    {
        var terms = new TurnTerms { Agent = agent, IsApart = true, Attendance = TurnAttendance.None };
        TurnPreface? preface = request.ConversationId is null ? new TurnPreface(request.History, IsStored: true) : null;
        return OpenAsync(user, request.ConversationId, request.Message, terms, preface, currentPage: null, isPolled, cancellationToken);
    }

    /// <summary>Begins a turn of stream, whose client is there to approve tool calls.</summary>
    /// <exception cref="RequestRefusedException">413, 404, 429.</exception>
    public ValueTask<PostedTurn> OpenAsync(GatewayUser user, string agent, StreamRequest request, CancellationToken cancellationToken)
    {
        var terms = new TurnTerms { Agent = agent, IsApart = true, Attendance = TurnAttendance.Approvals };
        var preface = new TurnPreface(request.Before, IsStored: false);
        return OpenAsync(user, request.ConversationId, request.Text, terms, preface, request.CurrentPage, isPolled: false, cancellationToken);
    }

    private async ValueTask<PostedTurn> OpenAsync(
        GatewayUser user, string? conversationId, string text, TurnTerms terms, TurnPreface? preface, string? currentPage, bool isPolled, CancellationToken cancellationToken)
    {
        var message = UIMessage.User(MessageIds.New(), text);
        TurnRecord.RequireFits(message, currentPage);
        SessionRow? session = conversationId is null ? null : await conversations.RequireAsync(user, conversationId, cancellationToken);
        await budget.SpendAsync(user, cancellationToken);
        session ??= await conversations.CreateAsync(user, terms.Agent!, text, cancellationToken);
        string runId = RunIds.New(time.GetUtcNow());
        if (isPolled)
        {
            await runs.AddAsync(new PuffleRun(runId, user.Id, user.Environment, session.Key.Key), cancellationToken);
        }

        return await poster.PostAsync(session, message, terms with { Receipt = runId }, preface, currentPage, partId: null, cancellationToken);
    }
}
