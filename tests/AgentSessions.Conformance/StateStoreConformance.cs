using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Conformance;

/// <summary>What every <see cref="IStateStore"/> promises.</summary>
public abstract class StateStoreConformance : IAsyncLifetime
{
    private readonly string _environment = "env-" + Guid.NewGuid().ToString("n");
    private ISessionStore? _store;

    /// <summary>Opens a store in which the test's values do not exist yet.</summary>
    protected abstract Task<ISessionStore> CreateStoreAsync();

    /// <summary>Closes the store that was opened last and opens another on what it stored.</summary>
    protected abstract Task<ISessionStore> ReopenAsync();

    private IStateStore States => (IStateStore)_store!;

    public virtual async Task InitializeAsync() => _store = await CreateStoreAsync();

    public virtual async Task DisposeAsync() => await _store!.DisposeAsync();

    [Fact]
    public async Task Put_WhenNew_IsReadWithVersionOne()
    {
        var owner = new SessionKey(_environment, "chat");
        Assert.Equal(1, await States.PutAsync(new StatePut(Key("a"), new byte[] { 0, 1, 255 }, owner), 0, default));
        await RestartAsync();
        StateEntry? entry = await States.GetAsync(Key("a"), default);
        Assert.NotNull(entry);
        Assert.Equal([0, 1, 255], entry.Value.ToArray());
        Assert.Equal((Key("a"), 1, owner), (entry.Key, entry.Version, entry.Owner));
        Assert.Null(await States.GetAsync(Key("b"), default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_UnderANameThatIsNew_IsAsAnyOther(bool restart)
    {
        await States.PutAsync(new StatePut(Key("a"), new byte[] { 1 }) { IsNew = true }, expectedVersion: null, default);
        if (restart)
        {
            await RestartAsync();
        }

        Assert.Equal(1, await ValueAsync("a"));
        Assert.Null(await PutAsync("a", 9, 0));
        Assert.Equal(2, await PutAsync("a", 2, 1));
    }

    [Fact]
    public async Task Put_WhenVersionIsTheExpectedOne_RaisesItByOne()
    {
        Assert.Equal(1, await PutAsync("a", 1, 0));
        Assert.Equal(2, await PutAsync("a", 2, 1));
        await RestartAsync();
        Assert.Equal(3, await PutAsync("a", 3, 2));
        Assert.Equal(4, await PutAsync("a", 4, null));
        Assert.Equal(4, await ValueAsync("a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Put_WhenVersionIsStale_ChangesNothing(bool restart)
    {
        await PutAsync("a", 1, 0);
        await PutAsync("a", 2, 1);
        if (restart)
        {
            await RestartAsync();
        }

        Assert.Null(await PutAsync("a", 9, 0));
        Assert.Null(await PutAsync("a", 9, 1));
        Assert.Null(await PutAsync("a", 9, 3));
        Assert.Null(await PutAsync("none", 9, 1));
        Assert.Null(await States.PutAsync(new StatePut(Key("a"), null), 1, default));
        Assert.Equal(2, await ValueAsync("a"));
        Assert.Null(await States.GetAsync(Key("none"), default));
    }

    [Fact]
    public async Task Remove_GivesTheOldVersionAndFreesTheName()
    {
        await PutAsync("a", 1, 0);
        await PutAsync("a", 2, 1);
        Assert.Equal(2, await States.PutAsync(new StatePut(Key("a"), null), 2, default));
        Assert.Null(await States.GetAsync(Key("a"), default));
        await RestartAsync();
        Assert.Null(await States.GetAsync(Key("a"), default));
        Assert.Equal(1, await PutAsync("a", 3, 0));
        Assert.Equal(0, await States.PutAsync(new StatePut(Key("none"), null), null, default));
    }

    [Fact]
    public async Task List_GivesOneSpaceByNameInPages()
    {
        foreach (string name in (string[])["b2", "a", "b1", "c", "b", "B", "b%"])
        {
            await PutAsync(name, 1, 0);
        }

        await States.PutAsync(new StatePut(new StateKey(_environment, "other", "b0"), new byte[] { 1 }), 0, default);
        await States.PutAsync(new StatePut(new StateKey(_environment + "2", "rules", "b0"), new byte[] { 1 }), 0, default);
        await States.PutAsync(new StatePut(Key("b2"), null), null, default);
        Assert.Equal(["B", "a", "b", "b%", "b1", "c"], await ListAsync("", null, 10));
        await RestartAsync();
        Assert.Equal(["B", "a", "b", "b%", "b1", "c"], await ListAsync("", null, 10));
        Assert.Equal(["b", "b%", "b1"], await ListAsync("b", null, 10));
        Assert.Equal(["b", "b%"], await ListAsync("b", null, 2));
        Assert.Equal(["b1"], await ListAsync("b", "b%", 10));
        Assert.Equal(["b%"], await ListAsync("b%", null, 10));
        Assert.Equal(["a", "b"], await ListAsync("", "B", 2));
    }

    [Fact]
    public async Task RacingWriters_OnOneName_HaveOneWinnerPerVersion()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                while (await PutAsync("a", (byte)writer, (await States.GetAsync(Key("a"), default))?.Version ?? 0) is null)
                {
                }
            }
        })));
        Assert.Equal(50, (await States.GetAsync(Key("a"), default))!.Version);
    }

    [Fact]
    public async Task Commit_PutsAndRemovesStates()
    {
        SessionRow row = Sample.Row(new SessionKey(_environment, "chat"));
        await PutAsync("old", 1, 0);
        await PutAsync("kept", 1, 0);
        SessionCommit commit = Sample.Creation(row) with
        {
            States = [new(Key("old"), null), new(Key("new"), new byte[] { 7 }), new(Key("kept"), new byte[] { 8 })],
        };
        Assert.Equal(CommitOutcome.Committed, await _store!.CommitAsync(commit, default));
        Assert.Equal(CommitOutcome.VersionMoved, await _store.CommitAsync(commit, default));
        await RestartAsync();
        Assert.Null(await States.GetAsync(Key("old"), default));
        Assert.Equal(7, await ValueAsync("new"));
        Assert.Equal(8, await ValueAsync("kept"));
        Assert.Equal(2, (await States.GetAsync(Key("kept"), default))!.Version);
    }

    [Fact]
    public async Task Put_OfALargeValue_IsReadBack()
    {
        byte[] value = new byte[32 << 20];
        new Random(1).NextBytes(value);
        Assert.Equal(1, await States.PutAsync(new StatePut(Key("large"), value), 0, default));
        Assert.True((await States.GetAsync(Key("large"), default))!.Value.Span.SequenceEqual(value));
        await RestartAsync();
        Assert.True((await States.GetAsync(Key("large"), default))!.Value.Span.SequenceEqual(value));
    }

    private StateKey Key(string name) => new(_environment, "rules", name);

    private async Task RestartAsync() => _store = await ReopenAsync();

    private async Task<long?> PutAsync(string name, byte value, long? expected) =>
        await States.PutAsync(new StatePut(Key(name), new[] { value }), expected, default);

    private async Task<int?> ValueAsync(string name) => (await States.GetAsync(Key(name), default))?.Value.Span[0];

    private async Task<IEnumerable<string>> ListAsync(string prefix, string? after, int limit) =>
        (await States.ListAsync(_environment, "rules", prefix, after, limit, default)).Select(entry => entry.Key.Name);
}
