using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Entries;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;

namespace AgentSessions.Embedded.Commits;

/// <summary>A state put or removed by itself, on its way.</summary>
internal sealed class PendingState(StatePut put, long? expectedVersion, HotStore hot) : PendingWrite
{
    private readonly HotState _state = hot.Pin(put);
    private readonly TaskCompletionSource<long?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _version;

    /// <summary>The version it got, or null if another one was there than expected.</summary>
    public Task<long?> Task => _done.Task;

    public override bool Judge(GroupContext group)
    {
        long version = _state.JudgedVersion(group.Group);
        if (expectedVersion is { } expected && expected != version)
        {
            _version = null;
            return false;
        }

        _version = _state.Accept(put, group.Group);

        // To remove what is not there is good and needs no writing.
        return put.Value is not null || version > 0;
    }

    public override void Write(ByteWriter writer, int start)
    {
        writer.Byte((byte)EntryKind.State);
        StateCoding.Write(writer, put, _version!.Value);
    }

    public override void Apply(FramePlace place)
    {
        if (_version is { } version && (put.Value is not null || version > 0))
        {
            hot.Apply(put, version, _state, place);
        }
    }

    public override void Complete()
    {
        hot.States.Unpin(_state);
        _done.SetResult(_version);
    }

    public override void Fail(Exception exception)
    {
        hot.States.Unpin(_state);
        _done.SetException(exception);
    }
}
