using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Postgres.Tests;

/// <summary>Opens stores; those without a connection string of their own share one database and keep apart by their environments.</summary>
internal sealed class StoreOpener
{
    private PostgresSessionStore? _last;

    public static PostgresOptions Options(string connectionString) => new() { ConnectionString = connectionString, Readers = 5 };

    /// <summary>For tests that judge no time: what waits for a slow disk is not ended.</summary>
    public static async Task<PostgresOptions> SharedOptionsAsync()
    {
        PostgresOptions options = Options((await SharedPostgres.GetAsync()).ConnectionString());
        options.ConnectTimeout = options.CommandTimeout = options.LockTimeout = options.RetryFor = TimeSpan.FromMinutes(1);
        return options;
    }

    public static async Task<PostgresSessionStore> OpenAsync(PostgresOptions options)
    {
        var store = new PostgresSessionStore(options, TimeProvider.System, NullLogger<PostgresSessionStore>.Instance);
        await store.StartAsync(default);
        return store;
    }

    public async Task<ISessionStore> OpenAsync() => _last = await OpenAsync(await SharedOptionsAsync());

    public async Task<ISessionStore> ReopenAsync()
    {
        await _last!.DisposeAsync();
        return await OpenAsync();
    }
}
