using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core;

/// <summary>The one door to sessions: what the gateway, the console and in-process clients call, whichever engine runs.</summary>
/// <remarks>
/// Expected failures are <see cref="SessionException"/>s, thrown before anything is changed. What is answered is durable. Any call may throw
/// <see cref="SessionErrorCode.StoreUnavailable"/>: whether it was carried out is then unknown.
/// Callers have authenticated and authorised already; a <see cref="SessionKey"/> is trusted.
/// </remarks>
public interface ISessionEngine
{
    /// <summary>Values kept beside the sessions, in the same store.</summary>
    IStateStore State { get; }

    /// <summary>The canonical key of a session named by either of its ids.</summary>
    /// <returns>Null for a friendly id that does not exist; an external id is answered unread, since readers may come before the session.</returns>
    ValueTask<SessionKey?> ResolveAsync(string environment, string id, CancellationToken cancellationToken);

    /// <summary>Creates a session or finds it, and makes sure that a run is alive. Concurrent calls for one id meet on one row and one run.</summary>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionClosed"/>, <see cref="SessionErrorCode.SessionExpired"/>: start another one.
    /// <see cref="SessionErrorCode.UnknownAgent"/>: name one that is registered.
    /// <see cref="SessionErrorCode.Overloaded"/>: repeat after <see cref="SessionException.RetryAfter"/>.
    /// <see cref="SessionErrorCode.StorageFull"/>: delete something first.
    /// <see cref="SessionErrorCode.StoreUnavailable"/>: repeat.
    /// </exception>
    ValueTask<StartedSession> StartAsync(StartSession start, CancellationToken cancellationToken);

    /// <summary>Reads a session's row, or null.</summary>
    ValueTask<SessionRow?> FindAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>Changes labels.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>, <see cref="SessionErrorCode.ExternalIdImmutable"/>.</exception>
    ValueTask<SessionRow> UpdateAsync(SessionKey session, UpdateSession update, CancellationToken cancellationToken);

    /// <summary>Closes a session for good; the first reason stays. A live run is told to end.</summary>
    /// <param name="session">The session.</param>
    /// <param name="reason">At most 256 characters, or null.</param>
    /// <param name="callingRunId">The run that is closing its own session and so needs no telling; else null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>.</exception>
    ValueTask<SessionRow> CloseAsync(SessionKey session, string? reason, string? callingRunId, CancellationToken cancellationToken);

    /// <summary>Removes a session and everything of it; its run is cancelled. False if there was none.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.LegalHold"/>.</exception>
    ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken);

    /// <summary>Lists sessions, newest first.</summary>
    ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>Appends one record to a stream; on a session's own <c>in</c> also makes sure that a run is alive and wakes it.</summary>
    /// <remarks>A repeat with the same part id on the same stream appends nothing and answers the first sequence.</remarks>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionNotFound"/>: start it.
    /// <see cref="SessionErrorCode.SessionClosed"/>, <see cref="SessionErrorCode.SessionExpired"/>: start another one.
    /// <see cref="SessionErrorCode.RecordTooLarge"/>: say less, or refer to an attachment.
    /// <see cref="SessionErrorCode.Forbidden"/>: a handover of a caller without the secret key.
    /// <see cref="SessionErrorCode.Overloaded"/>: repeat with the same part id after <see cref="SessionException.RetryAfter"/>.
    /// <see cref="SessionErrorCode.StorageFull"/>: delete something first; stops and repeats of what is stored are taken all the same.
    /// <see cref="SessionErrorCode.StoreUnavailable"/>: repeat with the same part id.
    /// </exception>
    ValueTask<AppendedRecord> AppendAsync(StreamId stream, AppendText append, CancellationToken cancellationToken);

    /// <summary>Appends finished records, as the direct-write sink brings them (wire document, section 11): all or none.</summary>
    /// <param name="stream">Any stream of an existing session.</param>
    /// <param name="records">In order, at least one.</param>
    /// <param name="expectedTail">The tail they must land at, or null for wherever it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The batch as it was stored.</returns>
    /// <exception cref="SessionException">
    /// As of <see cref="AppendAsync"/> but for <see cref="SessionErrorCode.Forbidden"/> and <see cref="SessionErrorCode.Overloaded"/>.
    /// <see cref="SessionErrorCode.TailMoved"/>: the expected tail is not there any more; read on and decide again. After
    /// <see cref="SessionErrorCode.StoreUnavailable"/> read the tail before repeating: records have no part id.
    /// </exception>
    ValueTask<RecordBatch> AppendRecordsAsync(
        StreamId stream, IReadOnlyList<NewRecord> records, Cursor? expectedTail, CancellationToken cancellationToken);

    /// <summary>Bounds of a stream; empty when there is no such session.</summary>
    ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken);

    /// <summary>Reads stored records from a cursor or the oldest kept; null when there is none.</summary>
    ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Opens a reader that catches up from a cursor and then follows. Dispose it.</summary>
    /// <param name="stream">Any stream, also of a session that does not exist yet.</param>
    /// <param name="from">The first sequence wanted; beyond the tail it waits for that sequence.</param>
    /// <param name="cancellationToken">Ends every wait of the reader.</param>
    StreamTail OpenTail(StreamId stream, Cursor from, CancellationToken cancellationToken);

    /// <summary>Reads the transcript or a page of it (see <see cref="ISessionStore.ReadTranscriptAsync"/>).</summary>
    ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken);

    /// <summary>Replaces the stored transcript (the worker's snapshot upload).</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>.</exception>
    ValueTask ReplaceTranscriptAsync(SessionKey session, TranscriptDelta transcript, CancellationToken cancellationToken);

    /// <summary>Reads a run with its present state, or null.</summary>
    ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken);

    /// <summary>A session's runs, newest first.</summary>
    ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken);

    /// <summary>Ends a run from outside: no boundary is written, the next message boots another. A run that has ended stays as it is.</summary>
    /// <remarks>
    /// If messages wait behind the one it was at that were promised turns of their own (<see cref="MessageTerms.IsApart"/>), another run boots at
    /// once: it ends that one as a stop would, and answers them.
    /// </remarks>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RunNotFound"/>.</exception>
    ValueTask<RunRow> CancelRunAsync(string environment, string runId, CancellationToken cancellationToken);

    /// <summary>Takes a session over from its agent, speaks in it, or hands it back. While a person holds it appends are kept and no run starts.</summary>
    /// <returns>The row as it is afterwards.</returns>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionNotFound"/>, closed or expired; <see cref="SessionErrorCode.InvalidRequest"/>: nobody holds it, or a
    /// text or name is missing.
    /// </exception>
    ValueTask<SessionRow> HoldAsync(SessionKey session, HoldSession hold, CancellationToken cancellationToken);

    /// <summary>Hands the session from the calling run to a successor (wire document, section 12).</summary>
    /// <returns>The run that owns the session afterwards, and whether this call made it so.</returns>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionNotFound"/>, <see cref="SessionErrorCode.RunNotFound"/>, closed or expired.
    /// </exception>
    ValueTask<SwappedRun> SwapRunAsync(SessionKey session, SwapRun swap, CancellationToken cancellationToken);
}
