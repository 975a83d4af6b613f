using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>A store in memory that can be told to fail.</summary>
internal sealed class FaultyStore : ISessionStore, IStateStore
{
    private readonly InMemorySessionStore _store = new();

    /// <summary>What writes throw; null while they work.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>What reads of streams throw; null while they work.</summary>
    public Exception? ReadFailure { get; set; }

    /// <summary>What reads of rows throw; null while they work.</summary>
    public Exception? LoadFailure { get; set; }

    /// <summary>What some writes throw; null for those that work.</summary>
    public Func<SessionCommit, Exception?>? CommitFailure { get; set; }

    /// <summary>What commits wait for before they are made.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public async ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        await Gate;
        return (WriteFailure ?? CommitFailure?.Invoke(commit)) is { } failure ? throw failure : await _store.CommitAsync(commit, cancellationToken);
    }

    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        LoadFailure is null ? _store.LoadAsync(session, cancellationToken) : throw LoadFailure;

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        LoadFailure is null ? _store.FindKeyAsync(environment, friendlyId, cancellationToken) : throw LoadFailure;

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        _store.GetBoundsAsync(stream, cancellationToken);

    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        ReadFailure is null ? _store.ReadAsync(stream, from, maxBytes, cancellationToken) : throw ReadFailure;

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        _store.ListChannelsAsync(session, cancellationToken);

    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        _store.ReadTranscriptAsync(session, limit, before, cancellationToken);

    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        _store.FindRunAsync(environment, runId, cancellationToken);

    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        _store.ListRunsAsync(session, limit, cancellationToken);

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => _store.ListAsync(query, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        _store.ListLiveAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        _store.ListExpiredAsync(now, limit, cancellationToken);

    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => _store.DeleteAsync(session, cancellationToken);

    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => _store.GetAsync(key, cancellationToken);

    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        _store.PutAsync(put, expectedVersion, cancellationToken);

    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        _store.ListAsync(environment, space, prefix, after, limit, cancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
