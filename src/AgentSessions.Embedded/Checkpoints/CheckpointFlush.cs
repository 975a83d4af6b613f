using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Checkpoints;

/// <summary>Brings what memory has and the database lacks to the database, in one transaction with the journal's checkpoint.</summary>
/// <remarks>
/// The checkpoint is taken first and the changes after it, so they include every group before the checkpoint. That some also include later
/// groups does no harm: the journal is replayed to its end, and every entry says what becomes, not what is added. For that its end must be
/// no less durable than the database, which flushes each transaction.
/// </remarks>
internal sealed partial class CheckpointFlush(SqliteDatabase database, JournalLog journal, HotStore hot, bool owesErasing, ILogger logger)
{
    private readonly ByteWriter _scratch = new(64 << 10);

    /// <summary>Whether files may still hold bytes of a session whose deletion is in the database.</summary>
    public bool OwesErasing { get; private set; } = owesErasing;

    /// <summary>States that they do not any more.</summary>
    public void Erased(JournalPosition checkpoint)
    {
        if (OwesErasing)
        {
            database.Transact(() => new JournalRow(checkpoint, OwesErasing: false).Put(database, _scratch));
            OwesErasing = false;
        }
    }

    /// <param name="scope">What to bring.</param>
    /// <param name="sessions">Sessions to bring whatever the scope.</param>
    /// <param name="target">
    /// The new checkpoint; none by default. It must have been taken before this call. The caller releases the journal up to it.
    /// </param>
    /// <returns>False if nothing was done, because of deletions that the scope or the checkpoint does not include.</returns>
    public bool Run(FlushScope scope, IReadOnlySet<HotSession> sessions, JournalPosition target)
    {
        bool all = scope.HasFlag(FlushScope.All) || scope.HasFlag(FlushScope.Purge);
        long movedBefore = all ? long.MaxValue : target.Segment;
        HotSession[] taken = [.. hot.DirtySessions.Distinct().Where(session => all || sessions.Contains(session)
            || (scope.HasFlag(FlushScope.Rows) && session.IsRowDirty)
            || SessionFlush.Needs(session, movedBefore))];
        SessionFlush[] flushes = [.. taken.Select(session => SessionFlush.Begin(session, movedBefore)).OfType<SessionFlush>()];
        (HotState State, StateEntry? Current, long OldestNeeded)[] states = [.. hot.DirtyStates.Distinct()
            .Where(state => all || scope.HasFlag(FlushScope.States) || state.OldestNeeded < movedBefore)
            .Select(state => { var (current, needed) = state.BeginFlush(); return (state, current, needed); })];

        // Looked at last: a session taken above may already be the successor of one that was deleted a moment ago.
        Purge[] purges = hot.Purges;
        bool isDone = false;
        try
        {
            if (purges.Length > 0 && (!all || purges.Any(purge => purge.Sequence >= target.Sequence)))
            {
                return false;
            }

            OwesErasing |= purges.Length > 0;
            if (flushes.Length + states.Length + purges.Length > 0 || target != default)
            {
                journal.Flush();
                database.Transact(() => Write(purges, flushes, states, target));
            }

            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                Array.ForEach(flushes, flush => flush.Abandon());
                Array.ForEach(states, flushed => flushed.State.AbandonFlush(flushed.OldestNeeded));
            }
        }

        Array.ForEach(flushes, flush => flush.End(hot));
        hot.Purged(purges);
        hot.DropClean(taken, [.. states.Select(flushed => flushed.State)]);
        return true;
    }

    private void Write(
        Purge[] purges, SessionFlush[] flushes, (HotState State, StateEntry? Current, long OldestNeeded)[] states, JournalPosition target)
    {
        // First, because a deleted session's key may have been taken again.
        foreach (Purge purge in purges)
        {
            SessionRows.Delete(database, purge.Number);
            StateRows.RemoveOwned(database, purge.Key);
        }

        foreach (SessionFlush flush in flushes)
        {
            if (!flush.Write(database, _scratch, journal))
            {
                // Its journal is given up all the same: nobody else may wait for what only an operator can mend.
                LogDamagedTranscript(logger, flush.Session.Key, flush.Session.Environment);
            }
        }

        foreach ((HotState state, StateEntry? current, long _) in states)
        {
            if (current is null)
            {
                StateRows.Remove(database, state.Key);
            }
            else
            {
                StateRows.Put(database, _scratch, current);
            }
        }

        if (target != default)
        {
            new JournalRow(target, OwesErasing).Put(database, _scratch);
        }

        _scratch.Shrink(1 << 20);
    }

    [LoggerMessage(
        3011,
        LogLevel.Error,
        "The stored transcript of session {Session} of {Environment} is damaged, and changes to it are lost; restore the store from a backup or delete the session")]
    private static partial void LogDamagedTranscript(ILogger logger, string session, string environment);
}
