using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Sessions.Acting;

/// <content>A person in the agent's place: takes the session over, answers, hands it back.</content>
/// <remarks>
/// The row says who holds the session, so it stays held over restarts. Taking over fences the run; only then, with nobody else writing
/// <c>out</c>, the answer it was cut off in is closed. Should that be lost to a crash, the next thing said or the hand-back makes up for it.
/// </remarks>
public sealed partial class SessionActor
{
    private const int MaxHolderLength = 128;
    private const int PageBytes = 256 * 1024;

    /// <summary>A message that is gone on with is among the newest.</summary>
    private const int ContinuableMessages = 16;

    /// <summary>Takes the session over, speaks in it, or hands it back.</summary>
    /// <returns>The row as it is afterwards.</returns>
    /// <exception cref="SessionException">See <see cref="ISessionEngine.HoldAsync"/>.</exception>
    public ValueTask<SessionRow> HoldAsync(HoldSession hold, CancellationToken cancellationToken) => hold.Action switch
    {
        HoldAction.TakeOver => TakeOverAsync(hold.By, cancellationToken),
        HoldAction.Say => SayAsync(hold.MessageId, hold.Text, cancellationToken),
        HoldAction.HandBack => HandBackAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(hold), hold.Action, null),
    };

    private async ValueTask<SessionRow> TakeOverAsync(string by, CancellationToken cancellationToken)
    {
        if (by.Length is 0 or > MaxHolderLength)
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, $"Who takes over has a name of 1 to {MaxHolderLength} characters");
        }

        SessionRow row = await RetryAsync(
            async () =>
            {
                SessionHead head = await ReloadActiveAsync(cancellationToken);
                if (head.Row.IsHeld)
                {
                    return head.Row;
                }

                RunRow? run = head.Row.HasLiveRun ? await CurrentRunAsync(head.Row, cancellationToken) : null;
                SessionRow held = head.Row with { HeldBy = by };
                if (!await CommitAsync(SessionRules.Release(head, held, run, RunStatus.Canceled, RunEnd.TakenOver, error: null, Now), cancellationToken))
                {
                    return null;
                }

                if (run is not null)
                {
                    context.Runs.Cancel(key, run.Id);
                }

                return _head!.Row;
            },
            cancellationToken);
        await CloseCutTurnAsync(cancellationToken);
        return row;
    }

    private async ValueTask<SessionRow> SayAsync(string messageId, string text, CancellationToken cancellationToken)
    {
        if (messageId.Length is 0 or > MaxHolderLength || string.IsNullOrWhiteSpace(text))
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, "What is said has a text and an id");
        }

        await CloseCutTurnAsync(cancellationToken);
        IReadOnlyList<UIMessageChunk> chunks = HeldTurn.Answer(messageId, context.Redaction?.Text(text) ?? text);
        return await RetryAsync(
            async () =>
            {
                SessionHead head = await RequireHeldAsync(cancellationToken);
                StoredTranscript newest = await context.Store.ReadTranscriptAsync(key, limit: 1, before: null, cancellationToken);
                if (newest.Messages is [{ } last] && last.Id == messageId)
                {
                    return head.Row;
                }

                List<InputRecord> waiting = await OwedAsync(head, cancellationToken).ToListAsync(cancellationToken);
                UIMessage answer = HeldTurn.Message(chunks);
                var turn = new HeldTurn(chunks, [.. Questions(waiting), StoredMessage.Of(answer, isFinal: true)], head.In.Tail.LastSequence)
                {
                    Answered = waiting,
                    Repeated = [.. waiting.Where(HeldTurn.DecidesOnCalls)],
                    Receipt = new TurnReceipt { State = TurnState.Completed, Messages = [answer] },
                };
                return await CommitAsync(turn.At(head, head.Out.After(Now)), cancellationToken) ? head.Row : null;
            },
            cancellationToken);
    }

    private async ValueTask<SessionRow> HandBackAsync(CancellationToken cancellationToken)
    {
        if (await ReloadAsync(cancellationToken) is { Row: { IsHeld: false } free })
        {
            return free;
        }

        await CloseCutTurnAsync(cancellationToken);
        return await RetryAsync(
            async () =>
            {
                SessionHead head = await ReloadActiveAsync(cancellationToken);
                if (!head.Row.IsHeld)
                {
                    return head.Row;
                }

                SessionRow row = head.Row with { HeldBy = null, UpdatedAt = Now };
                bool isOwed = await IsOwedAsync(head, head.Progress.ResumeFloor, cancellationToken);
                if (isOwed && !context.IsDraining())
                {
                    Decision claim = await ContinueAsync(head, row, input: null, cancellationToken);
                    return await CommitAsync(claim, cancellationToken) ? claim.Start.Session : null;
                }

                // A host that leaves starts nothing; what is owed stays marked for the next one.
                row = row with { HasLiveRun = isOwed };
                return await CommitAsync(SessionRules.Put(head, row), cancellationToken) ? row : null;
            },
            cancellationToken);
    }

    /// <summary>Ends the answer that the take-over cut off, as a stop would have: what was said stays, and its message counts as answered.</summary>
    private async ValueTask CloseCutTurnAsync(CancellationToken cancellationToken) =>
        await RetryAsync(
            async () =>
            {
                SessionHead head = await RequireHeldAsync(cancellationToken);
                CutTurn open = await CutTurnAsync(head, cancellationToken);
                if (!open.IsOpen)
                {
                    return head;
                }

                InputRecord? first = await OwedAsync(head, cancellationToken).FirstOrDefaultAsync(cancellationToken);
                InputRecord[] answered = first is null ? [] : [first];
                UIMessage[] said = open.Partial is { } partial ? [partial] : [];
                var turn = new HeldTurn(
                    [new AbortChunk(), new FinishStepChunk(), new FinishChunk()],
                    [.. Questions(answered), .. said.Select(static message => StoredMessage.Of(message, isFinal: false))],
                    first?.Sequence ?? head.Progress.ResumeFloor)
                {
                    Answered = answered,
                    Receipt = new TurnReceipt { State = TurnState.Stopped, Messages = said },
                };
                return await CommitAsync(turn.At(head, head.Out.After(Now)), cancellationToken) ? head : null;
            },
            cancellationToken);

    /// <summary>What was said since the last boundary.</summary>
    private async ValueTask<CutTurn> CutTurnAsync(SessionHead head, CancellationToken cancellationToken)
    {
        StoredTranscript newest = await context.Store.ReadTranscriptAsync(key, ContinuableMessages, before: null, cancellationToken);
        var cut = new CutTurn(newest.Messages.Select(static message => JsonSerializer.Deserialize<UIMessage>(message.Json.Span, UIJson.Options)!));
        await foreach (StreamRecord record in ReadFromAsync(StreamId.Out(key), Cursor.After(head.Progress.LastBoundary), head.Out.Tail, cancellationToken))
        {
            cut.Add(record);
        }

        return cut;
    }

    /// <summary>The inputs that nobody has answered, oldest first.</summary>
    private IAsyncEnumerable<InputRecord> OwedAsync(SessionHead head, CancellationToken cancellationToken) =>
        ReadFromAsync(StreamId.In(key), Cursor.After(head.Progress.ResumeFloor), head.In.Tail, cancellationToken)
            .Where(static record => InputJson.IsOwed(record))
            .Select(InputRecord.Read);

    private static List<StoredMessage> Questions(IEnumerable<InputRecord> inputs) =>
        [.. inputs.Select(HeldTurn.Question).OfType<UIMessage>().Select(static message => StoredMessage.Of(message, isFinal: true))];

    private async IAsyncEnumerable<StreamRecord> ReadFromAsync(
        StreamId stream, Cursor from, Cursor until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (from < until && await context.Store.ReadAsync(stream, from, PageBytes, cancellationToken) is { } batch)
        {
            foreach (StreamRecord record in batch.Decode().Where(record => record.Sequence < until.Value))
            {
                yield return record;
            }

            from = batch.Tail;
        }
    }

    private async ValueTask<SessionHead> ReloadActiveAsync(CancellationToken cancellationToken)
    {
        await ReloadAsync(cancellationToken);
        return await RequireActiveAsync(cancellationToken);
    }

    private async ValueTask<SessionHead> RequireHeldAsync(CancellationToken cancellationToken)
    {
        SessionHead head = await ReloadActiveAsync(cancellationToken);
        return head.Row.IsHeld ? head : throw new SessionException(SessionErrorCode.InvalidRequest, "Nobody has taken this session over");
    }
}
