using AgentSessions.Core.Storage;
using AgentSessions.Embedded;
using AgentSessions.Protocol.Records;
using BenchmarkDotNet.Attributes;

namespace AgentSessions.Benchmarks.Micro;

/// <summary>The embedded store by itself: a flushed commit of 20 chunks, and the replay of a turn of 2,000.</summary>
public class StoreBenchmarks
{
    private const int ChunksPerCommit = 20;
    private const int Replayed = 2_000;
    private const int ReadBytes = 128 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("agent-sessions-").FullName;
    private EmbeddedSessionStore _store = null!;
    private Cursor _tail;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _store = await EmbeddedSessionStore.OpenAsync(_directory, new EmbeddedStoreOptions(), logger: null, CancellationToken.None);
        await CommitAsync(new SessionCommit { Session = Answers.Session, ExpectedVersion = 0, Row = Answers.Row });
        while (_tail.Value < Replayed)
        {
            await CommitAsync();
        }
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public Task CommitAsync()
    {
        RecordBatch batch = Answers.Batch(_tail, ChunksPerCommit);
        _tail = batch.Tail;
        return CommitAsync(new SessionCommit { Session = Answers.Session, Appends = [new StreamAppend(Answers.Out, batch)] });
    }

    [Benchmark(OperationsPerInvoke = Replayed)]
    public async Task<Cursor> ReplayAsync()
    {
        Cursor next = Cursor.Start;
        while (next.Value < Replayed && await _store.ReadAsync(Answers.Out, next, ReadBytes, CancellationToken.None) is { } batch)
        {
            next = batch.Tail;
        }

        return next;
    }

    private async Task CommitAsync(SessionCommit commit)
    {
        if (await _store.CommitAsync(commit, CancellationToken.None) is var outcome and not CommitOutcome.Committed)
        {
            throw new InvalidOperationException($"The commit came to {outcome}.");
        }
    }
}
