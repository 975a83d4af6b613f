using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;

namespace AgentSessions.Conformance;

public abstract partial class SessionStoreConformance
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_RemovesEverythingAndTheKeyIsNew(bool restart)
    {
        SessionKey session = await CreateAsync();
        SessionKey other = await CreateAsync("other");
        await CommitAsync(Everything(session));
        await CommitAsync(Everything(other) with { Runs = [] });
        if (restart)
        {
            await RestartAsync();
        }

        Assert.True(await Store.DeleteAsync(session, default));
        await AssertGoneAsync(session);
        await RestartAsync();
        await AssertGoneAsync(session);
        Assert.Equal(TextOf(Sample.Batch(0, 2)), await ReadAsync(StreamId.In(other)));

        await CreateAsync();
        await AssertUntouchedAsync(session);
        Assert.Equal(1, (await LoadAsync(session)).Version);
        Assert.Null(await ReadAsync(StreamId.Out(session), 2));
        await CommitAsync(Everything(session));
        await RestartAsync();
        await AssertEverythingAsync(session);
    }

    [Fact]
    public async Task Delete_WhenThereIsNothing_IsFalse()
    {
        Assert.False(await Store.DeleteAsync(Key(), default));
        await CreateAsync();
        Assert.True(await Store.DeleteAsync(Key(), default));
        Assert.False(await Store.DeleteAsync(Key(), default));
    }

    [Fact]
    public async Task Delete_TakesOwnedStatesAndLeavesOthers()
    {
        var states = (IStateStore)Store;
        SessionKey session = await CreateAsync();
        StateKey Name(string name) => new(_environment, "documents", name);
        await states.PutAsync(new StatePut(Name("owned"), new byte[] { 1 }, session), 0, default);
        await states.PutAsync(new StatePut(Name("free"), new byte[] { 2 }), 0, default);
        await states.PutAsync(new StatePut(Name("others"), new byte[] { 3 }, Key("other")), 0, default);
        await Store.DeleteAsync(session, default);
        Assert.Null(await states.GetAsync(Name("owned"), default));
        Assert.Equal(
            ["free", "others"], (await states.ListAsync(_environment, "documents", "", null, 10, default)).Select(state => state.Key.Name));
    }

    [Fact]
    public async Task Commit_AfterDelete_BringsNothingBack()
    {
        SessionKey session = await CreateAsync();
        await AppendAsync(StreamId.Out(session), 0, 2);
        await Store.DeleteAsync(session, default);
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(Sample.Append(StreamId.Out(session), Sample.Batch(2, 1))));
        Assert.Equal(CommitOutcome.VersionMoved, await JudgeAsync(Sample.Append(StreamId.Out(session), Sample.Batch(0, 1))));
        await AssertGoneAsync(session);
    }

    private async Task AssertGoneAsync(SessionKey session)
    {
        Assert.Null(await Store.LoadAsync(session, default));
        Assert.Null(await Store.FindKeyAsync(session.Environment, Sample.Row(session).Id, default));
        Assert.Equal(StreamBounds.Empty, await Store.GetBoundsAsync(StreamId.Out(session), default));
        Assert.Null(await ReadAsync(StreamId.In(session)));
        Assert.Null(await ReadAsync(StreamId.Out(session)));
        Assert.Empty(await Store.ListChannelsAsync(session, default));
        Assert.Empty((await Store.ReadTranscriptAsync(session, null, null, default)).Messages);
        Assert.Empty(await Store.ListRunsAsync(session, 10, default));
        Assert.Null(await Store.FindRunAsync(session.Environment, "run_all", default));
        Assert.Null(await ((IStateStore)Store).GetAsync(StateOf(session), default));
        SessionQuery query = new() { Environment = _environment, Now = Sample.Time, ExternalIds = [session.Key] };
        Assert.Empty((await Store.ListAsync(query, default)).Rows);
    }
}
