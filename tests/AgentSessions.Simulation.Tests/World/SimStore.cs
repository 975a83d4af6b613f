using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>One process's way to the store that all share: calls take time, fail with or without effect, and a process may die after any of them.</summary>
internal sealed class SimStore(InMemorySessionStore inner, SimNode node, Faults faults, SimTime time, Action<SimNode, SessionCommit> committed) : ISessionStore, IStateStore
{
    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        CommitOutcome outcome = await inner.CommitAsync(commit, CancellationToken.None);
        if (outcome == CommitOutcome.Committed)
        {
            committed(node, commit);
        }

        return outcome;
    });

    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        CallAsync(() => inner.LoadAsync(session, CancellationToken.None));

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        CallAsync(() => inner.FindKeyAsync(environment, friendlyId, CancellationToken.None));

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        CallAsync(() => inner.GetBoundsAsync(stream, CancellationToken.None));

    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ReadAsync(stream, from, maxBytes, CancellationToken.None));

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListChannelsAsync(session, CancellationToken.None));

    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ReadTranscriptAsync(session, limit, before, CancellationToken.None));

    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        CallAsync(() => inner.FindRunAsync(environment, runId, CancellationToken.None));

    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListRunsAsync(session, limit, CancellationToken.None));

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListAsync(query, CancellationToken.None));

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListLiveAsync(after, limit, CancellationToken.None));

    public ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListExpiredAsync(until, after, limit, CancellationToken.None));

    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) =>
        CallAsync(() => inner.DeleteAsync(session, CancellationToken.None));

    public ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken) =>
        CallAsync(() => inner.MeasureAsync(environment, CancellationToken.None));

    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) =>
        CallAsync(() => inner.GetAsync(key, CancellationToken.None));

    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        CallAsync(() => inner.PutAsync(put, expectedVersion, CancellationToken.None));

    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.ListAsync(environment, space, prefix, after, limit, CancellationToken.None));

    public ValueTask DisposeAsync() => default;

    private async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call)
    {
        await TravelAsync();
        await DieAsync();
        if (faults.IsUnavailable())
        {
            throw new StoreUnavailableException("Not reached.");
        }

        T answer = await call();
        if (faults.Crashes())
        {
            node.Crash();
        }

        await TravelAsync();
        await DieAsync();
        return faults.IsUnavailable() ? throw new StoreUnavailableException("The answer was lost.") : answer;
    }

    private async Task TravelAsync()
    {
        TimeSpan travel = faults.Travel();
        if (travel > TimeSpan.Zero)
        {
            await Task.Delay(travel, time);
        }
        else
        {
            await Task.Yield();
        }
    }

    /// <summary>A process that died meanwhile never goes on. In the caller's own step, so that nothing comes between this and what it does.</summary>
    private Task DieAsync() => node.IsDead ? new TaskCompletionSource().Task : Task.CompletedTask;
}
