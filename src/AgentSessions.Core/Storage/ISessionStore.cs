using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Storage;

/// <summary>Where sessions live: rows, streams, transcripts and run rows, changed by one kind of write, the commit.</summary>
/// <remarks>
/// Every guarantee of the product rests on three properties of an implementation. A commit is atomic. It is durable when
/// <see cref="CommitAsync"/> returns, and nothing of it can be read before that. Its conditions are judged against all commits before it,
/// of any process. Everything else (actors, grains, caches, signals) may be lost or doubled at any moment.
/// A store that cannot write for now (disk full, database away) throws <see cref="StoreUnavailableException"/>; the caller may repeat.
/// </remarks>
public interface ISessionStore : IAsyncDisposable
{
    /// <summary>Applies a commit if all of its conditions hold, else changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The write failed or its outcome is unknown. Repeating the same commit is safe: if it was applied, the repeat answers stale.
    /// </exception>
    ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken);

    /// <summary>Reads a session, or null if there is none.</summary>
    ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>The key of the session with this friendly id, or null.</summary>
    ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken);

    /// <summary>Bounds of a stream; <see cref="StreamBounds.Empty"/> if nothing was ever appended.</summary>
    ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken);

    /// <summary>Reads records in order, from a cursor or the oldest kept record, whichever is later.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="from">The first sequence wanted.</param>
    /// <param name="maxBytes">
    /// How many bytes to answer: the answer ends with the append that reaches it, or earlier. At least one record is answered if there is one.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when there is nothing at or after the cursor. One batch, records consecutive.</returns>
    ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Names of the side channels that have records, in ordinal order.</summary>
    ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>Reads the stored transcript, oldest message first.</summary>
    /// <param name="session">The session.</param>
    /// <param name="limit">The newest this many messages of those before <paramref name="before"/>; null for all.</param>
    /// <param name="before">Only messages placed before this message id; an unknown id gives an empty page; null for the end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken);

    /// <summary>Reads a run, or null.</summary>
    ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken);

    /// <summary>A session's runs, newest (greatest number) first.</summary>
    ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken);

    /// <summary>Lists session rows, newest first.</summary>
    ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>Sessions whose row says that a run is live, by key after <paramref name="after"/>, over all environments.</summary>
    /// <remarks>After a host died these are the sessions that may be owed a turn.</remarks>
    ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Sessions that expired at or before a moment and are not closed, after <paramref name="after"/>, oldest expiry first.</summary>
    ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken);

    /// <summary>Removes everything of a session: row, streams, side channels, transcript, runs, owned state. False if there was none.</summary>
    /// <remarks>When this returns no byte of it is left in the store's files or rows, and the key can be used as new.</remarks>
    ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>About how many bytes the sessions, records, transcripts and values of an environment take.</summary>
    /// <remarks>
    /// Cheap, and up to date but for what waits to be moved or removed. A store may begin to count at the first call, which then takes as
    /// long as reading everything once; from then on it counts with every change, over restarts too.
    /// </remarks>
    ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken);
}
