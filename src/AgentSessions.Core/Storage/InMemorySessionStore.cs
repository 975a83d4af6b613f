using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Storage;

/// <summary>A store that forgets everything with its process: for tests, and as the plainest statement of what a store does.</summary>
/// <remarks>Safe for use by many threads: one lock, every call in order.</remarks>
public sealed class InMemorySessionStore : ISessionStore, IStateStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionKey, InMemorySession> _sessions = [];
    private readonly Dictionary<StateKey, StateEntry> _states = [];

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        commit.Validate();
        lock (_lock)
        {
            InMemorySession? session = _sessions.GetValueOrDefault(commit.Session);
            CommitOutcome outcome = InMemorySession.Judge(session, commit);
            if (outcome == CommitOutcome.Committed)
            {
                if (session is null)
                {
                    _sessions.Add(commit.Session, session = new InMemorySession());
                }

                session.Apply(commit);
                foreach (StatePut put in commit.States)
                {
                    Put(put);
                }
            }

            return new(outcome);
        }
    }

    /// <inheritdoc/>
    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        Ask(() => Find(session)?.Head);

    /// <inheritdoc/>
    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        Ask(() => Rows.FirstOrDefault(row => row.Id == friendlyId && row.Key.Environment == environment)?.Key);

    /// <inheritdoc/>
    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        Ask(() => Find(stream.Session)?.BoundsOf(stream) ?? StreamBounds.Empty);

    /// <inheritdoc/>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        Ask(() => Find(stream.Session)?.Find(stream)?.Read(from, maxBytes));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) =>
        Ask<IReadOnlyList<string>>(() => [.. Find(session)?.Channels ?? []]);

    /// <inheritdoc/>
    public ValueTask<StoredTranscript> ReadTranscriptAsync(
        SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        Ask(() => Find(session)?.Transcript.Page(limit, before) ?? StoredTranscript.Empty);

    /// <inheritdoc/>
    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        Ask(() => _sessions.Where(pair => pair.Key.Environment == environment)
            .Select(pair => pair.Value.Runs.GetValueOrDefault(runId)).FirstOrDefault(run => run is not null));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        Ask<IReadOnlyList<RunRow>>(() =>
            [.. (Find(session)?.Runs.Values ?? Enumerable.Empty<RunRow>()).OrderByDescending(run => run.Number).Take(limit)]);

    /// <inheritdoc/>
    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => Ask(() => query.PageOf(Rows));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        Ask<IReadOnlyList<SessionKey>>(() =>
            [.. Rows.Where(row => row.HasLiveRun && (after is null || Compare(row.Key, after.Value) > 0))
                .Select(row => row.Key).Order(Comparer<SessionKey>.Create(Compare)).Take(limit)]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
        Ask<IReadOnlyList<ExpiredSession>>(() =>
            [.. Rows.Where(row => row.StatusAt(until) == SessionStatus.Expired)
                .Select(row => new ExpiredSession(row.Key, row.ExpiresAt!.Value))
                .Where(expired => after is null || Compare(expired, after.Value) > 0)
                .Order(Comparer<ExpiredSession>.Create(Compare)).Take(limit)]);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => Ask(() =>
    {
        foreach (StateEntry owned in _states.Values.Where(state => state.Owner == session).ToArray())
        {
            _states.Remove(owned.Key);
        }

        return _sessions.Remove(session);
    });

    /// <inheritdoc/>
    public ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken) => Ask(() =>
        _sessions.Where(pair => pair.Key.Environment == environment).Sum(static pair => pair.Value.Bytes)
        + _states.Values.Where(state => state.Key.Environment == environment).Sum(static state => (long)state.Value.Length));

    /// <inheritdoc/>
    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) => Ask(() => _states.GetValueOrDefault(key));

    /// <inheritdoc/>
    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) => Ask<long?>(() =>
        expectedVersion is { } version && version != (_states.GetValueOrDefault(put.Key)?.Version ?? 0) ? null : Put(put));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        Ask<IReadOnlyList<StateEntry>>(() =>
            [.. _states.Values
                .Where(state => state.Key.Environment == environment && state.Key.Space == space
                    && state.Key.Name.StartsWith(prefix, StringComparison.Ordinal)
                    && (after is null || string.CompareOrdinal(state.Key.Name, after) > 0))
                .OrderBy(state => state.Key.Name, StringComparer.Ordinal).Take(limit)]);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<SessionRow> Rows => _sessions.Values.Select(session => session.Row);

    private static int Compare(SessionKey left, SessionKey right)
    {
        int byEnvironment = string.CompareOrdinal(left.Environment, right.Environment);
        return byEnvironment != 0 ? byEnvironment : string.CompareOrdinal(left.Key, right.Key);
    }

    private static int Compare(ExpiredSession left, ExpiredSession right)
    {
        int byExpiry = left.ExpiresAt.CompareTo(right.ExpiresAt);
        return byExpiry != 0 ? byExpiry : Compare(left.Session, right.Session);
    }

    private InMemorySession? Find(SessionKey session) => _sessions.GetValueOrDefault(session);

    private long Put(StatePut put)
    {
        long version = _states.GetValueOrDefault(put.Key)?.Version ?? 0;
        if (put.Value is { } value)
        {
            _states[put.Key] = new StateEntry(put.Key, value.ToArray(), ++version, put.Owner);
        }
        else
        {
            _states.Remove(put.Key);
        }

        return version;
    }

    private ValueTask<T> Ask<T>(Func<T> answer)
    {
        lock (_lock)
        {
            return new(answer());
        }
    }
}
