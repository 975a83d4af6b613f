using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Puts turns into a session's queue, and takes them out again.</summary>
internal sealed partial class TurnPoster(ISessionEngine engine, ILogger<TurnPoster> logger)
{
    /// <summary>Appends the message of a turn.</summary>
    /// <param name="session">Whose turn it is.</param>
    /// <param name="turn">The turn; its terms name a receipt.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<PostedTurn> PostAsync(SessionRow session, NewTurn turn, CancellationToken cancellationToken)
    {
        MessageTerms terms = turn.Terms;
        if (turn.Preface is { Messages.Count: > 0 } preface)
        {
            terms = terms with { Preface = terms.Receipt };
            await engine.State.PutAsync(preface.ToPut(session.Key, terms.Receipt!), expectedVersion: null, cancellationToken);
        }

        StreamBounds bounds = await engine.GetBoundsAsync(StreamId.Out(session.Key), cancellationToken);
        byte[] record = TurnRecord.Write(session.ExternalId ?? session.Id, turn.Message, turn.CurrentPage);
        try
        {
            // Not to be interrupted: a turn that nobody knows of could not be stopped when its caller leaves.
            AppendedRecord appended = await engine.AppendAsync(
                StreamId.In(session.Key), new AppendText(record, turn.PartId ?? terms.Receipt!) { Terms = terms }, CancellationToken.None);
            if (appended.IsRepeat && terms.Preface is { } unread)
            {
                await engine.State.PutAsync(TurnPreface.Removal(session.Key, unread), expectedVersion: null, CancellationToken.None);
            }

            return new PostedTurn(session, terms.Receipt!, appended.Sequence, bounds.Tail, appended.IsRepeat);
        }
        catch (SessionException exception) when (exception.Code is SessionErrorCode.SessionNotFound or SessionErrorCode.SessionClosed or SessionErrorCode.SessionExpired)
        {
            throw PuffleConversations.NotFound();
        }
    }

    /// <summary>Stops a turn, running or not begun, and no other. What it has said is kept.</summary>
    public async Task StopAsync(PostedTurn turn)
    {
        try
        {
            var stop = new AppendText("""{"kind":"stop"}"""u8.ToArray(), $"stop-{turn.RunId}") { Terms = new MessageTerms { Stops = turn.Sequence } };
            await engine.AppendAsync(StreamId.In(turn.Session.Key), stop, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Nobody waits for it any more; the turn ends by itself.
            LogNotStopped(turn.RunId, exception);
        }
    }

    [LoggerMessage(5302, LogLevel.Warning, "The turn of run {RunId} could not be stopped")]
    private partial void LogNotStopped(string runId, Exception exception);
}

/// <summary>A turn in its session's queue.</summary>
/// <param name="Session">The session.</param>
/// <param name="RunId">The run, and the name of the turn's receipt.</param>
/// <param name="Sequence">The message's sequence on <c>in</c>.</param>
/// <param name="OutFrom">A place on <c>out</c> before the turn's first record.</param>
/// <param name="IsRepeat">Whether a message of the same name was there before; that one stays, with its own receipt.</param>
internal sealed record PostedTurn(SessionRow Session, string RunId, long Sequence, Cursor OutFrom, bool IsRepeat);
