using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Postgres.Commits;

/// <summary>Gives each commit to the writer of its session.</summary>
/// <remarks>One session always has the same writer, so that this process's own writers never wait for each other's locks.</remarks>
internal sealed class CommitWriters : IAsyncDisposable
{
    private readonly CommitQueue[] _queues;
    private readonly Task[] _writers;
    private readonly TimeProvider _time;

    public CommitWriters(PostgresConnections connections, PostgresOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _queues = new CommitQueue[options.Writers];
        _writers = new Task[options.Writers];
        for (int i = 0; i < _queues.Length; i++)
        {
            CommitQueue queue = _queues[i] = new CommitQueue(options.MaxQueuedCommits / _queues.Length, options.MaxQueuedBytes / _queues.Length);
            _writers[i] = Task.Run(new CommitWriter(queue, connections, options, time, logger).RunAsync);
        }
    }

    public Task<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        commit.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingCommit(commit, _time.GetTimestamp(), cancellationToken);
        _queues[(uint)commit.Session.GetHashCode() % (uint)_queues.Length].Add(pending);
        return cancellationToken.CanBeCanceled ? pending.Done.WaitAsync(cancellationToken) : pending.Done;
    }

    /// <summary>Refuses further commits and waits for those that were taken on.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (CommitQueue queue in _queues)
        {
            queue.Close();
        }

        await Task.WhenAll(_writers);
    }
}
