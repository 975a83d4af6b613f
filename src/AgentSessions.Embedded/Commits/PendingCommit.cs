using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Commits;

/// <summary>A commit on its way. Used again and again, so that a commit costs no garbage.</summary>
internal sealed class PendingCommit : PendingWrite, IValueTaskSource<CommitOutcome>
{
    private const int MaxFree = 4096;

    private static readonly ConcurrentQueue<PendingCommit> _free = new();

    private readonly AppliedCommit _applied = new();
    private readonly List<HotState> _states = [];
    private HotStore _hot = null!;
    private HotSession _session = null!;
    private CommitOutcome _outcome;

    // A continuation never runs on the writer's thread: it belongs to the caller and may take its time, or wait for the next commit.
    private ManualResetValueTaskSourceCore<CommitOutcome> _source = new() { RunContinuationsAsynchronously = true };

    private PendingCommit()
    {
    }

    /// <summary>Readies a commit. What it concerns is loaded here, on the caller's thread, so that the writer never waits for the database.</summary>
    /// <exception cref="StoreDamagedException">Some of it cannot be read. Nothing of it is held then.</exception>
    public static PendingCommit Of(SessionCommit commit, HotStore hot)
    {
        PendingCommit pending = _free.TryDequeue(out PendingCommit? free) ? free : new PendingCommit();
        pending._hot = hot;
        pending._applied.Commit = commit;
        pending._session = hot.Sessions.Pin(commit.Session);
        try
        {
            for (int i = 0; i < commit.States.Count; i++)
            {
                pending._states.Add(hot.Pin(commit.States[i]));
            }
        }
        catch
        {
            pending.Unpin();
            throw;
        }

        return pending;
    }

    public ValueTask<CommitOutcome> Task => new(this, _source.Version);

    public override bool Judge(GroupContext group)
    {
        SessionCommit commit = _applied.Commit;
        _outcome = _session.Judgement.Judge(_session, commit, group.Group);
        if (_outcome != CommitOutcome.Committed)
        {
            return false;
        }

        _applied.Creates = _session.Judgement.Number == 0;
        if (_applied.Creates)
        {
            group.LastSession++;
        }

        _session.Judgement.Accept(_session, commit, group.LastSession);
        _applied.Number = _session.Judgement.Number;
        _applied.Version = _session.Judgement.Version;
        _applied.StateVersions.Clear();
        for (int i = 0; i < commit.States.Count; i++)
        {
            _applied.StateVersions.Add(_states[i].Accept(commit.States[i], group.Group));
        }

        return true;
    }

    public override void Write(ByteWriter writer, int start)
    {
        writer.Byte((byte)EntryKind.Commit);
        CommitCoding.Write(writer, _applied, start);
    }

    public override void Apply(FramePlace place)
    {
        if (_outcome == CommitOutcome.Committed)
        {
            _hot.Apply(_applied, _session, _states, place);
        }
    }

    public override void Complete()
    {
        Unpin();
        _source.SetResult(_outcome);
    }

    public override void Fail(Exception exception)
    {
        Unpin();
        _source.SetException(exception);
    }

    /// <inheritdoc/>
    public CommitOutcome GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
            if (_free.Count < MaxFree)
            {
                _free.Enqueue(this);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Unpin()
    {
        _hot.Sessions.Unpin(_session);
        foreach (HotState state in _states)
        {
            _hot.States.Unpin(state);
        }

        _states.Clear();
        _applied.Clear();
        _session = null!;
    }
}
