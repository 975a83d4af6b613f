using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Values;

namespace AgentSessions.Postgres.Commits;

/// <summary>A commit that waits for a writer, laid out for the statements, and the caller's wait for its outcome.</summary>
internal sealed class PendingCommit
{
    private readonly TaskCompletionSource<CommitOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private List<long>? _doubtedMarks;

    public PendingCommit(SessionCommit commit, long queuedAt, CancellationToken cancellationToken)
    {
        Commit = commit;
        QueuedAt = queuedAt;
        CancellationToken = cancellationToken;
        Touched = [commit.Session, .. commit.States.Select(static put => put.Key).Distinct()];
        Environment = StoredText.Encode(commit.Session.Environment);
        Key = StoredText.Encode(commit.Session.Key);
        foreach (StreamAppend append in commit.Appends)
        {
            Place(append);
        }

        Bytes = 256
            + commit.Appends.Sum(append => append.Batch.Records.Length)
            + (commit.Transcript?.Puts.Sum(put => put.Json.Length) ?? 0)
            + commit.States.Sum(put => put.Value?.Length ?? 0)
            + (commit.Row is { } row ? row.TriggerConfig.Length + (row.Metadata?.Length ?? 0) : 0);
    }

    public SessionCommit Commit { get; }

    /// <summary>A timestamp of the time provider.</summary>
    public long QueuedAt { get; }

    public CancellationToken CancellationToken { get; }

    /// <summary>What no other commit may touch at the same time: the session, and the keys of the states.</summary>
    public IReadOnlyList<object> Touched { get; }

    public string Environment { get; }

    public string Key { get; }

    /// <summary>About how much there is to send.</summary>
    public long Bytes { get; }

    public StoredBatch? In { get; private set; }

    public StoredBatch? Out { get; private set; }

    public List<SideAppend> SideAppends { get; } = [];

    /// <summary>Whether this makes the session, so that the head of its key may have to be made first.</summary>
    public bool Creates => Commit.ExpectedVersion == 0 && Commit.Row is not null;

    /// <summary>The marks of groups that this was in and whose outcome nobody heard; empty for nearly every commit.</summary>
    public IReadOnlyList<long> DoubtedMarks => _doubtedMarks ?? [];

    public Task<CommitOutcome> Done => _done.Task;

    public void Complete(CommitOutcome outcome) => _done.TrySetResult(outcome);

    public void Fail(Exception exception) => _done.TrySetException(exception);

    public void Cancel() => _done.TrySetCanceled(CancellationToken);

    /// <summary>Notes that a group with this mark may have been made.</summary>
    public void Doubt(long mark) => (_doubtedMarks ??= []).Add(mark);

    private void Place(StreamAppend append)
    {
        var batch = new StoredBatch(append.Batch);
        if (append.Stream.IsSideChannel)
        {
            SideAppends.Add(new SideAppend(this, append.Stream, batch));
        }
        else if (append.Stream.Direction == StreamDirection.In)
        {
            In = batch;
        }
        else
        {
            Out = batch;
        }
    }
}
