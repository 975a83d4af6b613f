using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Tests.Sessions;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Streams;

/// <summary>A store of one stream that counts how often it is read.</summary>
internal sealed class CountingStore : ISessionStore
{
    private readonly InMemorySessionStore _inner = new();
    private Cursor _tail;
    private int _reads;
    private int _sessions;

    /// <summary>The time of records that are added.</summary>
    public long Timestamp { get; set; } = 1;

    public int Reads => Volatile.Read(ref _reads);

    public async Task<RecordBatch> AddAsync(int records)
    {
        if (_tail == Cursor.Start)
        {
            var row = new SessionRow
            {
                Key = ActorBench.Key,
                Id = $"session_{++_sessions}",
                Type = "t",
                Agent = "a",
                TriggerConfig = "{}",
                CreatedAt = DateTimeOffset.UnixEpoch,
                UpdatedAt = DateTimeOffset.UnixEpoch,
            };
            await _inner.CommitAsync(new SessionCommit { Session = ActorBench.Key, ExpectedVersion = 0, Row = row }, default);
        }

        var builder = new RecordBatchBuilder(_tail);
        for (int i = 0; i < records; i++)
        {
            builder.AddChunk("{}"u8, Timestamp);
        }

        RecordBatch batch = builder.Take()!;
        await _inner.CommitAsync(new SessionCommit { Session = ActorBench.Key, Appends = [new StreamAppend(StreamId.Out(ActorBench.Key), batch)] }, default);
        _tail = batch.Tail;
        return batch;
    }

    /// <summary>Adds the first record of another session with the same key.</summary>
    public Task<RecordBatch> BeginAgainAsync(long timestamp)
    {
        _tail = Cursor.Start;
        Timestamp = timestamp;
        return AddAsync(1);
    }

    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return _inner.ReadAsync(stream, from, maxBytes, cancellationToken);
    }

    public ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) => _inner.CommitAsync(commit, cancellationToken);

    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) => _inner.LoadAsync(session, cancellationToken);

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) => _inner.FindKeyAsync(environment, friendlyId, cancellationToken);

    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) => _inner.GetBoundsAsync(stream, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(SessionKey session, CancellationToken cancellationToken) => _inner.ListChannelsAsync(session, cancellationToken);

    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) => _inner.ReadTranscriptAsync(session, limit, before, cancellationToken);

    public ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) => _inner.FindRunAsync(environment, runId, cancellationToken);

    public ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) => _inner.ListRunsAsync(session, limit, cancellationToken);

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) => _inner.ListAsync(query, cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) => _inner.ListLiveAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) => _inner.ListExpiredAsync(until, after, limit, cancellationToken);

    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) => _inner.DeleteAsync(session, cancellationToken);

    public ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken) => _inner.MeasureAsync(environment, cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
