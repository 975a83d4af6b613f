using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Tests.Sessions.Acting;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Tests.Streams.Live;

/// <summary>A store of one stream that counts how often it is read.</summary>
internal sealed class CountingStore(InMemorySessionStore inner) : DelegatingStore(inner, inner)
{
    private Cursor _tail;
    private int _reads;
    private int _sessions;

    public CountingStore()
        : this(new InMemorySessionStore())
    {
    }

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
            await CommitAsync(new SessionCommit { Session = ActorBench.Key, ExpectedVersion = 0, Row = row }, default);
        }

        var builder = new RecordBatchBuilder(_tail);
        for (int i = 0; i < records; i++)
        {
            builder.AddChunk("{}"u8, Timestamp);
        }

        RecordBatch batch = builder.Take()!;
        await CommitAsync(new SessionCommit { Session = ActorBench.Key, Appends = [new StreamAppend(StreamId.Out(ActorBench.Key), batch)] }, default);
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

    public override ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return base.ReadAsync(stream, from, maxBytes, cancellationToken);
    }
}
