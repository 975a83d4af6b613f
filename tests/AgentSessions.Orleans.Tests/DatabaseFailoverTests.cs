using AgentSessions.Core;
using AgentSessions.Core.Nodes;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestPostgres;
using AgentSessions.TestServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Tests;

/// <summary>Nodes whose database fails over to its standby: sessions, where they are, and the table of members go on there.</summary>
public sealed class DatabaseFailoverTests : IAsyncLifetime
{
    private readonly HeldPort[] _ports = [new(), new(), new(), new()];
    private PostgresPair? _database;

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.WhyNot is null)
        {
            _database = new PostgresPair();
            await _database.InitializeAsync();
        }
    }

    public async Task DisposeAsync()
    {
        Array.ForEach(_ports, static port => port.Dispose());
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Failover_NodesGoOn_Join_AndLeave()
    {
        using IHost first = await StartAsync(_ports[0], _ports[1]);
        ISessionEngine engine = first.Services.GetRequiredService<ISessionEngine>();
        await engine.OpenAsync("talk");
        await engine.SayAsync("talk", "before");
        await engine.ReadTurnsAsync("talk", 1);

        await _database!.CrashPrimaryAsync();
        await _database.PromoteAsync();
        await engine.SayAsync("talk", "after");
        Assert.EndsWith("echo after", Chat.Text(await engine.ReadTurnsAsync("talk", 2)));

        using IHost second = await StartAsync(_ports[2], _ports[3]);
        await ExpectNodesAsync(second, 2);
        await first.StopAsync();
        await ExpectNodesAsync(second, 1);
        ISessionEngine other = second.Services.GetRequiredService<ISessionEngine>();
        await other.SayAsync("talk", "elsewhere");
        Assert.EndsWith("echo elsewhere", Chat.Text(await other.ReadTurnsAsync("talk", 3)));
        await second.StopAsync();
    }

    private static Task ExpectNodesAsync(IHost node, int count) => Eventually.TrueAsync(
        async () => (await node.Services.GetRequiredService<INodeDirectory>().ListAsync(default)).Count(static member => member.State == "active") == count,
        $"{count} active nodes");

    private async Task<IHost> StartAsync(HeldPort silo, HeldPort gateway)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{PostgresOptions.Section}:ConnectionString"] = _database!.ConnectionString,
            [$"{OrleansOptions.Section}:Address"] = "127.0.0.1",
            [$"{OrleansOptions.Section}:SiloPort"] = $"{silo.Number}",
            [$"{OrleansOptions.Section}:GatewayPort"] = $"{gateway.Number}",
            [$"{OrleansOptions.Section}:DrainTime"] = "00:00:00.2",
        });
        builder.Services.AddAgentSessions().AddTestAgents();
        builder.Services.AddOrleansSessionEngine(builder.Configuration);
        IHost node = builder.Build();
        await node.StartAsync();
        return node;
    }
}
