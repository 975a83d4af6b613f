using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Tests;

/// <summary>A list of states waits for the database only if that lacks one of them: every run asks for one before its first turn.</summary>
public sealed class StateListTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("env", "calls", "two/1")]
    [InlineData("env", "accounts", "one/1")]
    [InlineData("other", "calls", "one/1")]
    public async Task List_DoesNotWait_ForStatesThatItDoesNotName(string environment, string space, string name)
    {
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        await PutAsync(store, environment, space, name, new byte[1]);

        ValueTask<IReadOnlyList<StateEntry>> list = ListAsync(store);

        Assert.True(list.IsCompletedSuccessfully);
        Assert.Empty(await list);
    }

    [Fact]
    public async Task List_HasWhatItNames_AndNothingThatWasRemoved()
    {
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        await PutAsync(store, "env", "calls", "one/1", new byte[1]);
        await PutAsync(store, "env", "calls", "one/2", new byte[1]);
        Assert.Equal(["one/1", "one/2"], (await ListAsync(store)).Select(static entry => entry.Key.Name));

        await PutAsync(store, "env", "calls", "one/1", null);
        Assert.Equal(["one/2"], (await ListAsync(store)).Select(static entry => entry.Key.Name));
    }

    private static ValueTask<IReadOnlyList<StateEntry>> ListAsync(EmbeddedSessionStore store) =>
        store.ListAsync("env", "calls", "one/", after: null, limit: 10, CancellationToken.None);

    private static async Task PutAsync(EmbeddedSessionStore store, string environment, string space, string name, ReadOnlyMemory<byte>? value) =>
        await store.PutAsync(new StatePut(new StateKey(environment, space, name), value), expectedVersion: null, CancellationToken.None);
}
