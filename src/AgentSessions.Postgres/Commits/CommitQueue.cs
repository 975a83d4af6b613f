using AgentSessions.Core.Storage;

namespace AgentSessions.Postgres.Commits;

/// <summary>The commits that wait for one writer, in order, and the rule which of them share a group.</summary>
/// <remarks>
/// A group has at most one commit of a session, and no two that name the same state: each statement touches a row once. A commit that
/// must wait for the next group keeps its place before all later ones of its session.
/// </remarks>
internal sealed class CommitQueue(int maxCommits, long maxBytes)
{
    /// <summary>Enough to make the share of the round trip and the flush in each commit small; more would only delay answers.</summary>
    private const int MaxGroupCommits = 512;

    private const long MaxGroupBytes = 4 << 20;

    /// <summary>How far to look for commits that may join, so that a pile of one session's costs no more than a group's time.</summary>
    private const int MaxLook = 4 * MaxGroupCommits;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingCommit> _waiting = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private bool _closed;

    /// <exception cref="StoreUnavailableException">Too much waits already.</exception>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Add(PendingCommit commit)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PostgresSessionStore));
            if (_waiting.Count >= maxCommits || (_bytes + commit.Bytes > maxBytes && _waiting.Count > 0))
            {
                throw new StoreUnavailableException("Too many writes wait for the database.");
            }

            _waiting.AddLast(commit);
            _bytes += commit.Bytes;
            _arrived.TrySetResult();
        }
    }

    /// <summary>Takes the next group.</summary>
    /// <returns>Null once the queue was closed and is empty.</returns>
    public async Task<List<PendingCommit>?> TakeGroupAsync()
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                List<PendingCommit> group = TakeWaiting();
                if (group.Count > 0)
                {
                    return group;
                }

                if (_closed)
                {
                    return null;
                }

                if (_arrived.Task.IsCompleted)
                {
                    _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                arrived = _arrived.Task;
            }

            await arrived;
        }
    }

    /// <summary>Refuses further commits; those that wait are still handed out.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _arrived.TrySetResult();
        }
    }

    private List<PendingCommit> TakeWaiting()
    {
        var group = new List<PendingCommit>();
        var taken = new HashSet<object>();
        long bytes = 0;
        LinkedListNode<PendingCommit>? next = _waiting.First;
        for (int looked = 0; next is not null && looked < MaxLook && group.Count < MaxGroupCommits && bytes < MaxGroupBytes; looked++)
        {
            LinkedListNode<PendingCommit> node = next;
            next = node.Next;
            PendingCommit commit = node.Value;
            if (commit.CancellationToken.IsCancellationRequested)
            {
                commit.Cancel();
            }
            else if (Claim(commit, taken))
            {
                group.Add(commit);
                bytes += commit.Bytes;
            }
            else
            {
                continue;
            }

            _waiting.Remove(node);
            _bytes -= commit.Bytes;
        }

        return group;
    }

    private static bool Claim(PendingCommit commit, HashSet<object> taken)
    {
        // A commit that has to stay still claims, so that later ones of its session or states stay behind it.
        bool free = taken.Add(commit.Session);
        foreach (StateKey state in commit.Commit.States.Select(put => put.Key).Distinct())
        {
            free &= taken.Add(state);
        }

        return free;
    }
}
