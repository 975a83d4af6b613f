using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Postgres.Commits;

/// <summary>The writers of one store, and the queue they take from.</summary>
internal sealed class CommitWriters : IAsyncDisposable
{
    private readonly CommitQueue _queue;
    private readonly Task[] _writers;
    private readonly TimeProvider _time;

    public CommitWriters(PostgresConnections connections, PostgresOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _queue = new CommitQueue(options.MaxQueuedCommits, options.MaxQueuedBytes, options.Writers, time);
        _writers = new Task[options.Writers];
        for (int i = 0; i < _writers.Length; i++)
        {
            _writers[i] = Task.Run(new CommitWriter(_queue, connections, options, time, logger).RunAsync);
        }
    }

    public Task<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        commit.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingCommit(commit, _time.GetTimestamp(), cancellationToken);
        _queue.Add(pending);
        return cancellationToken.CanBeCanceled ? pending.Done.WaitAsync(cancellationToken) : pending.Done;
    }

    /// <summary>Refuses further commits and waits for those that were taken on.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await Task.WhenAll(_writers);
        _queue.Dispose();
    }
}
