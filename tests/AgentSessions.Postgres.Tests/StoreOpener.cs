using AgentSessions.Core.Storage;
using AgentSessions.TestPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Postgres.Tests;

/// <summary>Opens stores on the shared server's one database; tests keep apart by their environments.</summary>
internal sealed class StoreOpener
{
    private PostgresSessionStore? _last;

    public static PostgresOptions Options(string connectionString) => new() { ConnectionString = connectionString, Readers = 5 };

    public static async Task<PostgresSessionStore> OpenAsync(PostgresOptions options)
    {
        var store = new PostgresSessionStore(options, TimeProvider.System, NullLogger<PostgresSessionStore>.Instance);
        await store.StartAsync(default);
        return store;
    }

    public async Task<ISessionStore> OpenAsync() =>
        _last = await OpenAsync(Options((await SharedPostgres.GetAsync()).ConnectionString()));

    public async Task<ISessionStore> ReopenAsync()
    {
        await _last!.DisposeAsync();
        return await OpenAsync();
    }
}
