using System.Runtime.CompilerServices;
using AgentSessions.Client.Connections;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>Looks whether a stream is at rest behind a chat's place, without waiting for anything.</summary>
internal static class SettledTurns
{
    /// <summary>What is stored comes at once; only a turn that is running keeps a reader waiting.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>Whether a turn is running, or chunks or a boundary are stored behind a place, or a message is yet to be answered.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="session">The session.</param>
    /// <param name="from">The place.</param>
    /// <param name="answered">The message's sequence on <c>in</c>; null to ask for no message.</param>
    /// <param name="silence">Ends the window after this long without a record.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<bool> HasMoreAsync(
        ISessionConnection connection, string session, Cursor from, long? answered, TimeSpan silence, CancellationToken cancellationToken)
    {
        // Between two turns a stream is at rest too. That a message waits there for its own is told by the floor of the boundary before it.
        Cursor first = answered is null ? from : BoundaryBefore(from);
        ISessionTail tail = await connection
            .OpenOutAsync(session, new TailRequest(first, silence, PeeksSettled: true), cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = tail.ConfigureAwait(false);
        if (tail is { IsSettled: false, IdleAt: null })
        {
            return true;
        }

        // What was said of a turn that nobody goes on with has no end to wait for.
        Cursor end = tail.IdleAt ?? new Cursor(long.MaxValue);
        StreamRecord? newest = null;
        for (Cursor next = first; next < end && await tail.ReadAsync().ConfigureAwait(false) is { } records; next = Cursor.After(records[^1].Sequence))
        {
            if (records.Any(record => record.Sequence >= from.Value
                && (record.Control == ControlHeaders.TurnComplete || (tail.IsSettled && OutRecord.Chunk(record) is not null))))
            {
                return true;
            }

            newest = records.LastOrDefault(static record => !record.IsCommand) ?? newest;
        }

        return tail.IsSettled && newest is { Control: ControlHeaders.TurnComplete } && newest.InEventId < answered;
    }

    /// <summary>Whether the turn that answers a message is over. Where nothing says so at once it is not.</summary>
    public static async Task<bool> IsOverAsync(
        ISessionConnection connection, string session, Cursor from, long sequence, TimeSpan silence, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_patience, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            ISessionTail tail = await connection.OpenOutAsync(session, new TailRequest(from, silence, PeeksSettled: true), ending.Token).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposal = tail.ConfigureAwait(false);
            while (await tail.ReadAsync().ConfigureAwait(false) is { } records)
            {
                if (records.Any(record => record.Control == ControlHeaders.TurnComplete && (record.InEventId is not { } floor || floor >= sequence)))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A turn is running, and what was stored has been read.
        }

        return false;
    }

    /// <summary>Moves a chat past turns that are over, so that the next chunks it sees are of turns to come. Does nothing while a turn runs.</summary>
    public static async Task SkipAsync(
        ISessionConnection connection, string session, ChatState state, TimeSpan silence, CancellationToken cancellationToken)
    {
        Cursor from = BoundaryBefore(state.Next);
        ISessionTail tail = await connection
            .OpenOutAsync(session, new TailRequest(from, silence, PeeksSettled: true), cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposal = tail.ConfigureAwait(false);
        if (!tail.IsSettled)
        {
            return;
        }

        long? floor = null;
        long previous = from.LastSequence;
        while (await tail.ReadAsync().ConfigureAwait(false) is { } records)
        {
            foreach (StreamRecord record in records)
            {
                bool wentBack = record.Sequence <= previous;
                previous = record.Sequence;
                if (record.Control == ControlHeaders.TurnComplete)
                {
                    floor = record.InEventId;
                    state.AtBoundary(record.Sequence, floor, answer: null, wentBack);
                }
                else
                {
                    state.Seen(record.Sequence, fold: null, wentBack);
                }
            }
        }

        state.AtRest(floor);
    }

    /// <summary>From where the boundary before a place is read once more, if its floor is not known: a trim may follow it.</summary>
    private static Cursor BoundaryBefore(Cursor place) => new(Math.Max(0, place.Value - 2));
}
