using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Hot;
using AgentSessions.Embedded.Journal;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Tests.Hot;

/// <summary>What is stored under a name is read by who asks what it is, and by nobody else.</summary>
public sealed class HotStateTests
{
    private static readonly SessionKey _owner = new("env", "chat");
    private static readonly StatePut _put = new(new StateKey("env", "accounts", "s/1"), new byte[] { 1 }, _owner) { IsNew = true };

    [Fact]
    public void Pin_OfANewName_ReadsNothing()
    {
        using var readers = new ReaderPool(Path.Combine("no", "such", "database"), longReads: 1);
        var hot = new HotStore(readers, cachedSessions: 0);

        HotState state = hot.Pin(_put);
        hot.Apply(_put, version: 1, state, default(FramePlace));
        hot.States.Unpin(state);

        Assert.Equal(1, hot.Pin(_put.Key).Current!.Version);
        Assert.ThrowsAny<Exception>(() => hot.Pin(_put with { Key = _put.Key with { Name = "s/2" }, IsNew = false }));
    }

    [Fact]
    public void Load_OfWhatWasPutMeanwhile_ChangesNothing()
    {
        var state = new HotState(_put.Key);
        state.Apply(_put, version: 3, segment: 0);
        state.Load(new StateEntry(_put.Key, new byte[] { 9 }, 2, _owner), removals: 0);
        Assert.Equal(3, state.Current!.Version);
    }

    [Fact]
    public void Load_OfWhatWasDeletedMeanwhile_IsDoneAgain()
    {
        var state = new HotState(_put.Key);
        int before = state.Removals;
        state.RemoveWith(_owner);
        state.Load(new StateEntry(_put.Key, new byte[] { 9 }, 2, _owner), before);
        Assert.False(state.IsKnown);
        state.Load(null, state.Removals);
        Assert.True(state.IsKnown);
        Assert.Null(state.Current);
    }
}
