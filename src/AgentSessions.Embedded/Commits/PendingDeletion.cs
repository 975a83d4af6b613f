using AgentSessions.Core.Sessions;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Commits;

/// <summary>A session's deletion on its way.</summary>
internal sealed class PendingDeletion(SessionKey key, HotStore hot) : PendingWrite
{
    private readonly HotSession _session = hot.Sessions.Pin(key);
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;

    /// <summary>Whether there was such a session.</summary>
    public Task<bool> Task => _done.Task;

    public override bool IsAlone => true;

    public override bool Judge(GroupContext group)
    {
        _number = _session.Number;
        return _number != 0;
    }

    public override void Write(ByteWriter writer, int start)
    {
        writer.Byte((byte)EntryKind.Deletion);
        writer.Number(_number);
    }

    public override void Apply(FramePlace place)
    {
        if (_number != 0)
        {
            hot.Delete(_session, place);
        }
    }

    public override void Complete()
    {
        hot.Sessions.Unpin(_session);
        _done.SetResult(_number != 0);
    }

    public override void Fail(Exception exception)
    {
        hot.Sessions.Unpin(_session);
        _done.SetException(exception);
    }
}
