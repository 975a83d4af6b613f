using AgentSessions.Core.Storage;

namespace AgentSessions.Postgres.Commits;

/// <summary>The commits that wait to be written, in order, and the rules which of them share a group and when a further writer joins in.</summary>
/// <remarks>
/// <para>
/// A group has at most one commit of a session, and no two that name the same state: each statement touches a row once. A commit that
/// must wait for the next group keeps its place before all later ones of its session. What a group touches is its writer's until it lets
/// go, so that this process's own writers never wait for each other's locks.
/// </para>
/// <para>
/// A round trip and a flush cost the same for one commit and for fifty, so a single writer takes them all, and what comes meanwhile makes the
/// next group. Another one joins in only when so many wait that the commits themselves take the time, or when the one at work is held up.
/// </para>
/// </remarks>
internal sealed class CommitQueue : IDisposable
{
    /// <summary>Enough to make the share of the round trip and the flush in each commit small; more would only delay answers.</summary>
    private const int MaxGroupCommits = 512;

    private const long MaxGroupBytes = 4 << 20;

    /// <summary>How far to look for commits that may join, so that a pile of one session's costs no more than a group's time.</summary>
    private const int MaxLook = 4 * MaxGroupCommits;

    /// <summary>As many as wait behind a group before the commits cost about what their round trip and flush do.</summary>
    private const int WorthAnotherWriter = 64;

    /// <summary>Longer than a group takes unless something holds it up: another process's lock, or a connection that died.</summary>
    private static readonly TimeSpan _heldUp = TimeSpan.FromMilliseconds(50);

    private readonly int _maxCommits;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly LinkedList<PendingCommit> _waiting = [];
    private readonly HashSet<object> _inWork = [];
    private readonly Stack<TaskCompletionSource> _resting = new();
    private long _bytes;
    private int _awake;
    private bool _isTimed;
    private bool _closed;

    /// <param name="maxCommits">How many may wait.</param>
    /// <param name="maxBytes">How many bytes may wait.</param>
    /// <param name="writers">How many writers take from it.</param>
    /// <param name="time">The clock of <see cref="PendingCommit.QueuedAt"/>.</param>
    public CommitQueue(int maxCommits, long maxBytes, int writers, TimeProvider time)
    {
        _maxCommits = maxCommits;
        _maxBytes = maxBytes;
        _time = time;
        _awake = writers;
        _timer = time.CreateTimer(static queue => ((CommitQueue)queue!).LookAgain(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="StoreUnavailableException">Too much waits already.</exception>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Add(PendingCommit commit)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_waiting.Count >= _maxCommits || (_bytes + commit.Bytes > _maxBytes && _waiting.Count > 0))
            {
                throw new StoreUnavailableException("Too many writes wait for the database.");
            }

            _waiting.AddLast(commit);
            _bytes += commit.Bytes;
            WakeIfDue();
        }
    }

    /// <summary>Takes the next group. It is the caller's until it is handed to <see cref="Release"/>.</summary>
    /// <returns>Null once the queue was closed and nothing is left for the caller.</returns>
    public async Task<List<PendingCommit>?> TakeGroupAsync()
    {
        while (true)
        {
            TaskCompletionSource resting;
            lock (_lock)
            {
                bool isDue = IsDue(_awake - 1);
                if (isDue)
                {
                    List<PendingCommit> group = TakeWaiting();
                    if (group.Count > 0)
                    {
                        WakeIfDue();
                        return group;
                    }
                }

                _awake--;
                if (_closed && (_waiting.Count == 0 || _awake > 0))
                {
                    return null;
                }

                resting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _resting.Push(resting);
                if (!isDue)
                {
                    // What is too young for a further writer may have come while none rested, so nobody looks after it yet.
                    WakeIfDue();
                }
            }

            await resting.Task;
        }
    }

    /// <summary>Lets others have what a group touched. Its commits were answered.</summary>
    public void Release(List<PendingCommit> group)
    {
        lock (_lock)
        {
            foreach (PendingCommit commit in group)
            {
                _inWork.ExceptWith(commit.Touched);
            }
        }
    }

    /// <summary>Refuses further commits; those that wait are still handed out.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_resting.Count > 0)
            {
                Wake();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Whether a writer should come besides those at work.</summary>
    private bool IsDue(int others) =>
        _waiting.First is { Value: { } oldest }
        && (others == 0 || _waiting.Count >= WorthAnotherWriter || _time.GetElapsedTime(oldest.QueuedAt) >= _heldUp);

    private void WakeIfDue()
    {
        if (_resting.Count == 0)
        {
            return;
        }

        if (IsDue(_awake))
        {
            Wake();
        }
        else if (_waiting.Count > 0 && !_isTimed)
        {
            _isTimed = true;
            _timer.Change(_heldUp, Timeout.InfiniteTimeSpan);
        }
    }

    private void Wake()
    {
        _awake++;
        _resting.Pop().SetResult();
    }

    private void LookAgain()
    {
        lock (_lock)
        {
            _isTimed = false;
            WakeIfDue();
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
                _inWork.UnionWith(commit.Touched);
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

    private bool Claim(PendingCommit commit, HashSet<object> taken)
    {
        // A commit that has to stay still claims, so that later ones of its session or states stay behind it.
        bool free = true;
        foreach (object touched in commit.Touched)
        {
            free &= taken.Add(touched) && !_inWork.Contains(touched);
        }

        return free;
    }
}
