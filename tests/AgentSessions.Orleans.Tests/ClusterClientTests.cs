using AgentSessions.Core;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Tests;

/// <summary>A host that is no node, with the engine of a cluster on PostgreSQL.</summary>
public sealed class ClusterClientTests : IAsyncLifetime
{
    private readonly HeldPort _siloPort = new();
    private readonly HeldPort _gatewayPort = new();
    private PrivatePostgres? _postgres;

    public async Task InitializeAsync() => _postgres = PostgresBinaries.WhyNot is null ? await PrivatePostgres.StartAsync() : null;

    public async Task DisposeAsync()
    {
        _siloPort.Dispose();
        _gatewayPort.Dispose();
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Client_OfACluster_TalksToItsSessions()
    {
        using IHost node = Build((services, configuration) =>
        {
            services.AddAgentSessions().AddTestAgents();
            services.AddOrleansSessionEngine(configuration);
        });
        await node.StartAsync();
        using IHost client = Build(static (services, configuration) => services.AddAgentSessionsClusterClient(configuration));
        await client.StartAsync();
        var engine = client.Services.GetRequiredService<ISessionEngine>();

        await engine.OpenAsync("talk");
        await engine.SayAsync("talk", "hi");
        Assert.Equal("echo hi", Chat.Text(await engine.ReadTurnsAsync("talk", 1)));

        await client.StopAsync();
        await node.StopAsync();
    }

    [PostgresFact]
    public async Task Client_BeforeItsNodes_IsToldToComeAfterThem()
    {
        using IHost client = Build(static (services, configuration) => services.AddAgentSessionsClusterClient(configuration));

        SchemaException refused = await Assert.ThrowsAsync<SchemaException>(() => client.StartAsync());

        Assert.Contains("after its nodes", refused.Message);
    }

    private IHost Build(Action<IServiceCollection, IConfiguration> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{PostgresOptions.Section}:ConnectionString"] = _postgres!.ConnectionString(),
            [$"{OrleansOptions.Section}:Address"] = "127.0.0.1",
            [$"{OrleansOptions.Section}:SiloPort"] = $"{_siloPort.Number}",
            [$"{OrleansOptions.Section}:GatewayPort"] = $"{_gatewayPort.Number}",
            [$"{OrleansOptions.Section}:DrainTime"] = "00:00:00.2",
        });
        add(builder.Services, builder.Configuration);
        return builder.Build();
    }
}
