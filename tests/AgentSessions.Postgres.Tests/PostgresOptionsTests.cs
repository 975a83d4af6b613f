using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AgentSessions.Postgres.Tests;

public sealed class PostgresOptionsTests
{
    private const string Password = "s3cret-p4ssword";

    [Theory]
    [InlineData("ConnectionString", null)]
    [InlineData("ConnectionString", "nonsense " + Password)]
    [InlineData("ConnectionString", "Nonsense=" + Password)]
    [InlineData("ConnectionString", "Username=me;Password=" + Password)]
    [InlineData("PasswordFile", "/nowhere/at-all")]
    [InlineData("Writers", "0")]
    [InlineData("RetryFor", "01:00:00")]
    public void ABadOption_IsNamedWithoutItsSecret(string key, string? value)
    {
        using ServiceProvider provider = Services(("ConnectionString", "Host=127.0.0.1"), (key, value)).BuildServiceProvider();
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<PostgresOptions>>().Value);
        Assert.Contains(key, refused.Message);
        Assert.DoesNotContain(Password, refused.ToString());
    }

    [Fact]
    public void TheStore_SaysWhereItIs_AndNoPassword()
    {
        using ServiceProvider provider = Services(("ConnectionString", $"Host=db-1,db-2;Port=5433;Database=chats;Username=me;Password={Password}")).BuildServiceProvider();
        Assert.Equal("PostgreSQL at db-1:5433,db-2:5433/chats", Assert.Single(provider.GetServices<IStoreDescription>()).Describe());
    }

    [Fact]
    public async Task TheStore_IsStartedBeforeHostedServicesAndServesBothContracts()
    {
        string database = await (await SharedPostgres.GetAsync()).CreateDatabaseAsync();
        await using ServiceProvider provider = Services(("ConnectionString", database)).BuildServiceProvider();
        foreach (IHostedLifecycleService service in provider.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(default);
        }

        ISessionStore store = provider.GetRequiredService<ISessionStore>();
        Assert.Same(store, provider.GetRequiredService<IStateStore>());
        Assert.Null(await store.LoadAsync(new("env", "none"), default));
    }

    /// <summary>The server's own default is two hours, for as long as a vanished machine's locks would stay.</summary>
    [Fact]
    public async Task TheServer_GivesUpAMachineThatVanished_InSeconds()
    {
        PostgresOptions options = StoreOpener.Options((await SharedPostgres.GetAsync()).ConnectionString());
        foreach (string connectionString in (string[])[ConnectionSettings.ForReaders(options), ConnectionSettings.ForWriters(options)])
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            Assert.InRange(
                await SecondsAsync("tcp_keepalives_idle") + (await SecondsAsync("tcp_keepalives_interval") * await SecondsAsync("tcp_keepalives_count")), 1, 15);
            Assert.InRange(await SecondsAsync("tcp_user_timeout"), 1, 15);
            Assert.InRange(await SecondsAsync("idle_in_transaction_session_timeout"), 1, 15);

            async Task<int> SecondsAsync(string setting)
            {
                await using var command = new NpgsqlCommand($"SELECT CASE unit WHEN 'ms' THEN setting::int / 1000 ELSE setting::int END FROM pg_settings WHERE name = '{setting}'", connection);
                return (int)(await command.ExecuteScalarAsync())!;
            }
        }
    }

    [Fact]
    public async Task AServerThatCanLoseCommits_IsRefusedUnlessAllowed()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartAsync(new PrivatePostgresSettings(Fsync: false, "synchronous_commit=off"));
        PostgresOptions options = StoreOpener.Options(server.ConnectionString());
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StoreOpener.OpenAsync(options));
        Assert.Contains("fsync", refused.Message);
        Assert.DoesNotContain("synchronous_commit", refused.Message); // raised on each connection
        options.AllowUnsafeServer = true;
        await (await StoreOpener.OpenAsync(options)).DisposeAsync();
    }

    [Fact]
    public async Task AFailedStart_TellsWhereAndNotThePassword()
    {
        PrivatePostgres server = await SharedPostgres.GetAsync();
        PostgresOptions options = StoreOpener.Options($"{server.ConnectionString("no_such_database")};Password={Password}");
        StoreUnavailableException refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => StoreOpener.OpenAsync(options));
        Assert.Contains($"127.0.0.1:{server.Port}/no_such_database", refused.Message);
        Assert.DoesNotContain(Password, refused.ToString());
    }

    private static ServiceCollection Services(params (string Key, string? Value)[] options)
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(Microsoft.Extensions.Logging.Abstractions.NullLogger<>));
        var configuration = new ConfigurationManager();
        foreach ((string key, string? value) in options)
        {
            configuration[$"{PostgresOptions.Section}:{key}"] = value;
        }

        services.AddPostgresSessionStore(configuration);
        return services;
    }
}
