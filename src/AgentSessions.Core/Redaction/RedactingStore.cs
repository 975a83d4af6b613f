using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Redaction;

/// <summary>The last place before a store: whatever way a text came, it is redacted here. Reads pass through.</summary>
/// <remarks>
/// Records are redacted before they are numbered too, so that live readers see what is stored; then nothing is left to do for them here.
/// Values that are no JSON, files of users above all, are kept as they are.
/// </remarks>
internal sealed class RedactingStore(ISessionStore store, IStateStore state, TextRedaction redaction) : ISessionStore, IStateStore
{
    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) =>
        store.CommitAsync(Redacted(commit), cancellationToken);

    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        state.PutAsync(Redacted(put), expectedVersion, cancellationToken);

    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) => store.LoadAsync(session, cancellationToken);

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        store.FindKeyAsync(environment, friendlyId, cancellationToken);

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) => store.GetBoundsAsync(stream, cancellationToken);

    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadAsync(stream, from, maxBytes, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        store.ListChannelsAsync(session, cancellationToken);

    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        store.ReadTranscriptAsync(session, limit, before, cancellationToken);

    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        store.FindRunAsync(environment, runId, cancellationToken);

    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        store.ListRunsAsync(session, limit, cancellationToken);

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        store.ListLiveAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        store.ListExpiredAsync(now, limit, cancellationToken);

    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => store.DeleteAsync(session, cancellationToken);

    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => state.GetAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        state.ListAsync(environment, space, prefix, after, limit, cancellationToken);

    /// <summary>The store inside belongs to whoever made it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SessionCommit Redacted(SessionCommit commit) => commit with
    {
        Row = commit.Row is { } row ? redaction.Row(row) : null,
        Appends = [.. commit.Appends.Select(append => append with { Batch = redaction.Batch(append.Batch) })],
        Transcript = commit.Transcript is { } transcript ? Redacted(transcript) : null,
        Runs = [.. commit.Runs.Select(redaction.Run)],
        States = [.. commit.States.Select(Redacted)],
    };

    private TranscriptDelta Redacted(TranscriptDelta transcript) => transcript with
    {
        Puts = [.. transcript.Puts.Select(put => put with { Json = redaction.Json(put.Json) })],
        State = transcript.State is null ? null : redaction.Json(transcript.State),
    };

    private StatePut Redacted(StatePut put) => put.Value is { } value ? put with { Value = redaction.Value(put.Key, value) } : put;
}
