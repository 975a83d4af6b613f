using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;

namespace AgentSessions.Embedded.Hot;

/// <summary>What a session will be once the writer's current group is durable. Only the writer uses it.</summary>
/// <remarks>
/// It is taken from the session anew for every group, so a group that could not be written leaves nothing behind. Reading the session's
/// fields without its gate is safe: only the writer changes them.
/// </remarks>
internal sealed class Judgement
{
    private long _group;

    public long Number { get; private set; }

    public long Version { get; private set; }

    private long RunVersion { get; set; }

    private long LastBoundary { get; set; }

    /// <summary>Judges a commit against the session and the commits before it in the group.</summary>
    public CommitOutcome Judge(HotSession session, SessionCommit commit, long group)
    {
        Begin(session, group);
        bool creates = commit.ExpectedVersion == 0 && commit.Row is not null;
        if ((Number == 0 && !creates) || (commit.ExpectedVersion is { } version && version != Version))
        {
            return CommitOutcome.VersionMoved;
        }

        if (commit.ExpectedRunVersion is { } runVersion && (Number == 0 || runVersion != RunVersion))
        {
            return CommitOutcome.RunMoved;
        }

        if (commit.ExpectedInTail is { } tail && tail.Value != TailOf(session, StreamId.In(commit.Session)))
        {
            return CommitOutcome.TailMoved;
        }

        if (commit.ExpectedBoundary is { } boundary && boundary != LastBoundary)
        {
            return CommitOutcome.TailMoved;
        }

        for (int i = 0; i < commit.Appends.Count; i++)
        {
            StreamAppend append = commit.Appends[i];
            if (append.Batch.First.Value != TailOf(session, append.Stream))
            {
                return CommitOutcome.TailMoved;
            }
        }

        return CommitOutcome.Committed;
    }

    /// <summary>Counts a good commit in.</summary>
    /// <param name="session">The session.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="newNumber">The number the session gets if this makes it.</param>
    public void Accept(HotSession session, SessionCommit commit, long newNumber)
    {
        if (commit.Row is { } row)
        {
            Number = Number == 0 ? newNumber : Number;
            Version++;
            RunVersion = row.RunVersion;
        }

        LastBoundary = commit.Progress?.LastBoundary ?? LastBoundary;
        for (int i = 0; i < commit.Appends.Count; i++)
        {
            StreamAppend append = commit.Appends[i];
            HotStream stream = session.FindOrAdd(append.Stream);
            stream.JudgedTail = append.Batch.Tail.Value;
            stream.JudgedGroup = _group;
        }
    }

    private void Begin(HotSession session, long group)
    {
        if (_group == group)
        {
            return;
        }

        _group = group;
        Number = session.Number;
        Version = session.Version;
        RunVersion = session.Row?.RunVersion ?? 0;
        LastBoundary = session.Progress.LastBoundary;
    }

    private long TailOf(HotSession session, StreamId stream) =>
        session.Find(stream) is not { } found ? 0
        : found.JudgedGroup == _group ? found.JudgedTail
        : found.Tail;
}
