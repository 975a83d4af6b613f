using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Permissions;
using AgentSessions.Gateway.Stagent.Conversations;
using AgentSessions.Gateway.Stagent.Entities;
using AgentSessions.Gateway.Stagent.Requests;
using AgentSessions.Gateway.Users;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>What following a turn takes.</summary>
internal sealed record TurnServices(
    ISessionEngine Engine,
    TurnStore Turns,
    RequestStore Requests,
    RequestAnswers Answers,
    PermissionRules Rules,
    Screenshots Screenshots,
    QuickAccess QuickAccess,
    ConversationStore Conversations,
    StoreRetry Retry,
    TimeProvider Time)
{
    /// <summary>A row was added: the conversation moves to the front of its user's list.</summary>
    public async ValueTask TouchAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        if (await Conversations.FindAsync(new GatewayUser(turn.UserId, session.Environment), session.Key, cancellationToken) is { } conversation)
        {
            await Conversations.TouchAsync(new GatewayUser(turn.UserId, session.Environment), conversation, cancellationToken);
        }
    }

    /// <summary>Makes a turn's end final.</summary>
    /// <returns>The note as it is kept.</returns>
    public async ValueTask<TurnNote> EndAsync(SessionKey session, ActiveTurn turn, TurnEnd end, CancellationToken cancellationToken)
    {
        TurnNote note = turn.Note with
        {
            Status = end.Status,
            Error = end.Error,
            Answers = [.. end.Messages.Select(static message => message.Id)],
            InputTokens = end.InputTokens,
            OutputTokens = end.OutputTokens,
            QuickAccess = await QuickAccess.CollectAsync(new GatewayUser(turn.UserId, session.Environment), end.Messages, cancellationToken),
        };
        await Turns.EndAsync(session, turn with { Note = note }, cancellationToken);
        return note;
    }
}
