using System.Net;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Orleans.Placement;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using AgentSessions.TestPostgres;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;

namespace AgentSessions.Orleans.Tests;

public sealed class StoredDirectoryTests : IAsyncLifetime
{
    private static readonly GrainId _grain = GrainId.Create("session", "default/one");

    private PrivatePostgres _postgres = null!;
    private StoredDirectory _directory = null!;

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.WhyNot is null)
        {
            _postgres = await PrivatePostgres.StartAsync(new PrivatePostgresSettings(Fsync: false));
            await PostgresSchema.ApplyAsync(_postgres.ConnectionString(), [OrleansSchema.Module], CancellationToken.None);
            _directory = Open("one");
        }
    }

    public async Task DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _directory.DisposeAsync();
            await _postgres.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Directory_KeepsOnePlaceForEachGrain()
    {
        GrainAddress first = Address(1), second = Address(2);
        Assert.Null(await _directory.Lookup(_grain));
        Assert.Equal(first, await _directory.Register(first));
        Assert.Equal(first, await _directory.Register(second));
        Assert.Equal(first.MembershipVersion, (await _directory.Lookup(_grain))!.MembershipVersion);

        // Whoever names the place it follows on takes it over, once.
        Assert.Equal(second, await _directory.Register(second, first));
        Assert.Equal(second, await _directory.Register(Address(3), first));

        // What is no longer there is not removed a second time.
        await _directory.Unregister(first);
        Assert.Equal(second, await _directory.Lookup(_grain));
        await _directory.Unregister(second);
        Assert.Null(await _directory.Lookup(_grain));
    }

    [PostgresFact]
    public async Task Nodes_ThatAreGone_AreForgotten()
    {
        GrainAddress here = Address(1), there = Address(2, "two");
        await _directory.Register(here);
        await _directory.Register(there);
        await _directory.UnregisterSilos([here.SiloAddress!]);
        Assert.Null(await _directory.Lookup(_grain));
        Assert.Equal(there, await _directory.Lookup(there.GrainId));
    }

    [PostgresFact]
    public async Task Clusters_OnOneDatabase_DoNotMeet()
    {
        await using StoredDirectory other = Open("other");
        await _directory.Register(Address(1));
        Assert.Null(await other.Lookup(_grain));
    }

    [PostgresFact]
    public async Task Clusters_OnOneDatabase_AreFoundWhileTheirNodesLive()
    {
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(_postgres.ConnectionString());
        await using NpgsqlConnection connection = await database.OpenConnectionAsync();
        await using (NpgsqlCommand members = connection.CreateCommand())
        {
            members.CommandText = """
                INSERT INTO agent_sessions_orleans.clusters (id) VALUES ('one'), ('two'), ('gone');
                INSERT INTO agent_sessions_orleans.members (cluster, address, port, generation, silo_name, host_name, status, start_time, alive_time) VALUES
                ('one', 'a', 1, 1, 'n', 'h', 3, now(), now()), ('two', 'a', 2, 1, 'n', 'h', 3, now(), now()), ('two', 'a', 3, 1, 'n', 'h', 3, now(), now()),
                ('two', 'a', 4, 1, 'n', 'h', 6, now(), now()), ('gone', 'a', 5, 1, 'n', 'h', 3, now(), now() - interval '2 minutes')
                """;
            await members.ExecuteNonQueryAsync();
        }

        Assert.Equal([("two", 2)], await OtherClusters.FindAsync(connection, "one", CancellationToken.None));
    }

    [PostgresFact]
    public async Task Lookup_WhileOneServerHangs_WaitsForItOnce()
    {
        using var silent = new SilentServer();
        await using StoredDirectory directory = Open("one", new PostgresOptions
        {
            ConnectionString = $"Host=127.0.0.1:{silent.Port},127.0.0.1:{_postgres.Port};Username=postgres;Database=postgres;Host Recheck Seconds=0",
            ConnectTimeout = TimeSpan.FromSeconds(2),
            RetryFor = TimeSpan.FromMinutes(1),
        });
        await directory.Lookup(_grain);
        Assert.True(silent.WasAsked());

        await directory.Lookup(_grain);
        Assert.False(silent.WasAsked());
    }

    /// <summary>Orleans tells of nodes that are gone until it fails once.</summary>
    [Fact]
    public async Task Nodes_ThatAreGoneWhileTheDatabaseIsAway_AreLeft()
    {
        await using StoredDirectory away = Open("one", new PostgresOptions { ConnectionString = "Host=127.0.0.1;Port=1", RetryFor = TimeSpan.Zero });
        await Assert.ThrowsAsync<SiloUnavailableException>(() => away.Unregister(Address(1)));
        await away.UnregisterSilos([Address(1).SiloAddress!]);
    }

    private StoredDirectory Open(string cluster) => Open(cluster, new PostgresOptions { ConnectionString = _postgres.ConnectionString() });

    private static StoredDirectory Open(string cluster, PostgresOptions postgres) => new(
        Options.Create(postgres), Options.Create(new ClusterOptions { ClusterId = cluster }), TimeProvider.System, NullLogger<StoredDirectory>.Instance);

    private static GrainAddress Address(int node, string? key = null) => new()
    {
        GrainId = key is null ? _grain : GrainId.Create("session", key),
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11111, node),
        ActivationId = ActivationId.NewId(),
        MembershipVersion = new MembershipVersion(7),
    };
}
