using AgentSessions.Conformance;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Tests;

public sealed class EmbeddedSessionStoreTests : SessionStoreConformance
{
    private readonly TestDirectory _directory = new();

    protected override async Task<ISessionStore> CreateStoreAsync() => await TestStore.OpenAsync(_directory.Path);

    protected override async Task<ISessionStore> ReopenAsync()
    {
        await Store.DisposeAsync();
        return await CreateStoreAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>The same with everything small: what is read comes from the journal, the database, or both.</summary>
public sealed class TinyEmbeddedSessionStoreTests : SessionStoreConformance
{
    private readonly TestDirectory _directory = new();

    protected override async Task<ISessionStore> CreateStoreAsync() => await TestStore.OpenAsync(_directory.Path, TestStore.Tiny);

    protected override async Task<ISessionStore> ReopenAsync()
    {
        await Store.DisposeAsync();
        return await CreateStoreAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}

public sealed class EmbeddedStateStoreTests : StateStoreConformance
{
    private readonly TestDirectory _directory = new();
    private EmbeddedSessionStore? _store;

    protected override async Task<ISessionStore> CreateStoreAsync() => _store = await TestStore.OpenAsync(_directory.Path, TestStore.Tiny);

    protected override async Task<ISessionStore> ReopenAsync()
    {
        await _store!.DisposeAsync();
        return await CreateStoreAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
