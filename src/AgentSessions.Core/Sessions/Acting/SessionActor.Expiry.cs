using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Acting;

/// <content>A session that has expired or was closed while a run lives or something is owed.</content>
/// <remarks>
/// Nothing is begun any more. What was acknowledged in time and is not answered ends as a turn that failed, because whoever sent it, and every
/// reader, waits for its boundary.
/// </remarks>
public sealed partial class SessionActor
{
    private const string ExpiredText = "The session expired before this was answered.";
    private const string ClosedText = "The session was closed before this was answered.";

    /// <summary>Ends the run of a session that has expired, and tells what it leaves unanswered. A session that has not expired stays as it is.</summary>
    public async ValueTask ExpireAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < MaxAttempts; i++)
        {
            SessionHead? head = await ReloadAsync(cancellationToken);
            if (head is not { Row: { HasLiveRun: true, IsHeld: false } } || head.Row.StatusAt(Now) != SessionStatus.Expired)
            {
                return;
            }

            RunRow? run = await CurrentRunAsync(head.Row, cancellationToken);
            SessionCommit release = SessionRules.Release(head, head.Row, run, RunStatus.Expired, RunEnd.Expired, error: null, Now);
            if (run is not { IsFinal: false })
            {
                if (await CommitAsync(await EndingAsync(head, release, cancellationToken), cancellationToken))
                {
                    return;
                }
            }
            else if (await CommitAsync(release with { Row = release.Row! with { HasLiveRun = true } }, cancellationToken))
            {
                // It may be writing, so it was fenced first. The row stays marked until its readers are told, also over a crash.
                context.Runs.Cancel(key, run.Id);
            }
        }
    }

    /// <summary>The commit, and with it the boundary of whatever is cut off or waits.</summary>
    private async ValueTask<SessionCommit> EndingAsync(SessionHead head, SessionCommit commit, CancellationToken cancellationToken)
    {
        CutTurn cut = await CutTurnAsync(head, cancellationToken);
        if (cut.IsClosed || (!cut.IsOpen && !await IsOwedAsync(head, head.Progress.ResumeFloor, cancellationToken)))
        {
            return commit;
        }

        List<InputRecord> waiting = await OwedAsync(head, cancellationToken).ToListAsync(cancellationToken);
        List<StoredMessage> messages = Questions(waiting);
        if (cut.Partial is { } partial)
        {
            // What was said answers the first of those that wait.
            messages.Insert(Math.Min(1, messages.Count), StoredMessage.Of(partial, isFinal: false));
        }

        SessionRow row = commit.Row!;
        SessionClosing? closing = row.ClosedAt is null ? null : new SessionClosing(row.ClosedReason);
        string error = closing is null ? ExpiredText : ClosedText;
        var turn = new HeldTurn([new ErrorChunk(error)], messages, head.In.Tail.LastSequence)
        {
            Answered = waiting,
            Receipt = new TurnReceipt { State = TurnState.Failed, Error = error },
            Closing = closing,
        };
        SessionCommit told = turn.At(head, head.Out.After(Now));
        return told with
        {
            ExpectedInTail = commit.ExpectedInTail,
            ExpectedBoundary = commit.ExpectedBoundary,
            Row = row,
            Runs = commit.Runs,
            States = [.. told.States, .. commit.States],
        };
    }
}
