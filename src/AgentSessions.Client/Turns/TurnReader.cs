using System.Globalization;
using System.Runtime.CompilerServices;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Turns;

/// <summary>Reads one turn of a chat: the chunks that are its own, up to its boundary.</summary>
internal sealed class TurnReader(ChatState state, OutFollower follower, TurnCorrelation correlation, AnswerFold fold, Cursor from)
{
    private long _previous = from.LastSequence;

    /// <summary>The answer so far.</summary>
    public AnswerFold Fold => fold;

    /// <summary>Whether the turn's boundary was read.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The message that the turn goes on with, if that is known.</summary>
    public UIMessage? Continued { get; init; }

    /// <summary>Reads what was said of the answer before a sequence; null if reading cannot start in the middle of one.</summary>
    public Func<long, AnswerFold, CancellationToken, Task>? Backfill { get; init; }

    /// <summary>Told the boundary's sequence.</summary>
    public Func<string, CancellationToken, Task>? OnComplete { get; init; }

    /// <summary>Whether the end of the session is an end like any other; else it is a failure, since the message was not answered.</summary>
    public bool EndsWithSession { get; init; }

    public async IAsyncEnumerable<UIMessageChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StreamRecord record in follower.FollowAsync(from, cancellationToken).ConfigureAwait(false))
        {
            bool wentBack = record.Sequence <= _previous;
            _previous = record.Sequence;
            if (record.Control == ControlHeaders.TurnComplete)
            {
                long? floor = record.InEventId;
                bool isOurs = correlation.Boundary(floor, out IReadOnlyList<(long, UIMessageChunk)> rest);
                foreach ((long sequence, UIMessageChunk chunk) in rest)
                {
                    Hand(sequence, chunk, wentBack: false);
                    yield return chunk;
                }

                IsComplete = isOurs;
                state.AtBoundary(record.Sequence, floor, isOurs ? fold.Message : null, wentBack);
                if (isOurs)
                {
                    await CompleteAsync(record.Sequence, cancellationToken).ConfigureAwait(false);
                    yield break;
                }

                fold.Reset(Continued ?? state.LastMessage);
            }
            else if (record.Control == ControlHeaders.SessionClosed)
            {
                state.Seen(record.Sequence, fold: null, wentBack);
                ThrowUnlessQuiet(record);
                yield break;
            }
            else if (OutRecord.Chunk(record) is { } chunk)
            {
                await BackfillAsync(record.Sequence, chunk, cancellationToken).ConfigureAwait(false);
                foreach ((long sequence, UIMessageChunk ours) in correlation.Chunk(record.Sequence, chunk))
                {
                    Hand(sequence, ours, wentBack);
                    yield return ours;
                }
            }
            else if (!correlation.IsHolding)
            {
                state.Seen(record.Sequence, fold: null, wentBack);
            }
        }
    }

    private void Hand(long sequence, UIMessageChunk chunk, bool wentBack)
    {
        fold.Apply(chunk);
        state.Seen(sequence, fold, wentBack);
    }

    private async ValueTask BackfillAsync(long sequence, UIMessageChunk chunk, CancellationToken cancellationToken)
    {
        if (Backfill is not null && fold.Message is null && chunk is not StartChunk)
        {
            await Backfill(sequence, fold, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CompleteAsync(long sequence, CancellationToken cancellationToken)
    {
        if (OnComplete is not null)
        {
            await OnComplete(sequence.ToString(CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        }
    }

    private void ThrowUnlessQuiet(StreamRecord closed)
    {
        if (!EndsWithSession)
        {
            throw new SessionException(SessionErrorCode.SessionClosed, "The session was closed before it answered")
            {
                ClosedReason = closed.Header(ControlHeaders.ClosedReason),
            };
        }
    }
}
