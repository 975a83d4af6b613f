using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Storage;

/// <summary>Passes every call on to a store; whoever stands in front of one overrides what is to be different.</summary>
/// <param name="store">The sessions.</param>
/// <param name="state">The values beside them, of the same store.</param>
public abstract class DelegatingStore(ISessionStore store, IStateStore state) : ISessionStore, IStateStore
{
    /// <inheritdoc/>
    public virtual ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) => store.CommitAsync(commit, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) => store.LoadAsync(session, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        store.FindKeyAsync(environment, friendlyId, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) => store.GetBoundsAsync(stream, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadAsync(stream, from, maxBytes, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        store.ListChannelsAsync(session, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        store.ReadTranscriptAsync(session, limit, before, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        store.FindRunAsync(environment, runId, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        store.ListRunsAsync(session, limit, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        store.ListLiveAsync(after, limit, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
        store.ListExpiredAsync(until, after, limit, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => store.DeleteAsync(session, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken) => store.MeasureAsync(environment, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => state.GetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        state.PutAsync(put, expectedVersion, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        state.ListAsync(environment, space, prefix, after, limit, cancellationToken);

    /// <summary>Leaves the store inside alone: it belongs to whoever made it.</summary>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
