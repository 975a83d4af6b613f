using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Testing;

/// <summary>One process's view of a store that outlives it: sees every commit, and refuses all once the process has died.</summary>
internal sealed class TestStore(InMemorySessionStore inner, Action<SessionCommit> committed) : ISessionStore, IStateStore
{
    private volatile bool _isDead;

    /// <summary>Looks at a commit before it is made; may throw to fail it, or kill.</summary>
    public Action<SessionCommit>? Before { get; set; }

    /// <summary>Told of every read of records.</summary>
    public Action<StreamId>? Reading { get; set; }

    /// <summary>From now on nothing can be read or written: what is called does not come back.</summary>
    public void Kill() => _isDead = true;

    public async ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        Before?.Invoke(commit);
        await LiveAsync();
        CommitOutcome outcome = await inner.CommitAsync(commit, cancellationToken);
        if (outcome == CommitOutcome.Committed)
        {
            committed(commit);
        }

        return outcome;
    }

    public async ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken)
    {
        await LiveAsync();
        return await inner.LoadAsync(session, cancellationToken);
    }

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        inner.FindKeyAsync(environment, friendlyId, cancellationToken);

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) => inner.GetBoundsAsync(stream, cancellationToken);

    public async ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken)
    {
        await LiveAsync();
        Reading?.Invoke(stream);
        return await inner.ReadAsync(stream, from, maxBytes, cancellationToken);
    }

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        inner.ListChannelsAsync(session, cancellationToken);

    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        inner.ReadTranscriptAsync(session, limit, before, cancellationToken);

    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        inner.FindRunAsync(environment, runId, cancellationToken);

    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        inner.ListRunsAsync(session, limit, cancellationToken);

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        inner.ListLiveAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        inner.ListExpiredAsync(now, limit, cancellationToken);

    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => inner.DeleteAsync(session, cancellationToken);

    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public async ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        await LiveAsync();
        return await inner.PutAsync(put, expectedVersion, cancellationToken);
    }

    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(environment, space, prefix, after, limit, cancellationToken);

    public ValueTask DisposeAsync() => default;

    private ValueTask LiveAsync() => _isDead ? new ValueTask(Task.Delay(Timeout.Infinite)) : default;
}
