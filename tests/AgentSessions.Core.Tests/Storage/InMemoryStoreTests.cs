using AgentSessions.Conformance;
using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Tests.Storage;

public sealed class InMemorySessionStoreTests : SessionStoreConformance
{
    private readonly InMemorySessionStore _store = new();

    protected override Task<ISessionStore> CreateStoreAsync() => Task.FromResult<ISessionStore>(_store);

    protected override Task<ISessionStore> ReopenAsync() => CreateStoreAsync();
}

public sealed class InMemoryStateStoreTests : StateStoreConformance
{
    private readonly InMemorySessionStore _store = new();

    protected override Task<ISessionStore> CreateStoreAsync() => Task.FromResult<ISessionStore>(_store);

    protected override Task<ISessionStore> ReopenAsync() => CreateStoreAsync();
}
