using AgentSessions.Conformance;
using AgentSessions.Core.Storage;

namespace AgentSessions.Postgres.Tests;

public sealed class PostgresSessionStoreTests : SessionStoreConformance
{
    private readonly StoreOpener _opener = new();

    protected override Task<ISessionStore> CreateStoreAsync() => _opener.OpenAsync();

    protected override Task<ISessionStore> ReopenAsync() => _opener.ReopenAsync();
}

public sealed class PostgresStateStoreTests : StateStoreConformance
{
    private readonly StoreOpener _opener = new();

    protected override Task<ISessionStore> CreateStoreAsync() => _opener.OpenAsync();

    protected override Task<ISessionStore> ReopenAsync() => _opener.ReopenAsync();
}
