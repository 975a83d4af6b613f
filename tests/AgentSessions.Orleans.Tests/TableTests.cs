using AgentSessions.Core.Nodes;
using AgentSessions.Orleans.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Orleans.Tests;

/// <summary>What goes on while the table of members cannot be read. The database's failure leaves the grain that reads it as it is.</summary>
public sealed class TableTests : IAsyncLifetime
{
    private TestNodes _nodes = null!;

    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(1, new TestNodesOptions
    {
        WithClient = true,
        Configure = static node => LostTable.Add(node.Services),
        ConfigureClient = static client => LostTable.Add(client.Services),
    });

    public async Task DisposeAsync() => await _nodes.DisposeAsync();

    [Fact]
    public async Task Client_OutlivesIt_AndAsksAgain()
    {
        LostTable table = _nodes.ClientService<LostTable>();
        table.IsLost = true;

        await Eventually.TrueAsync(
            () => Task.FromResult(table.Failures >= 2 || _nodes.ClientService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested),
            "the client asks again");

        Assert.False(_nodes.ClientService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Nodes_AreListed_WithoutTheirSessions()
    {
        await _nodes.Engine(0).OpenAsync("somewhere");
        _nodes.Service<LostTable>(0).IsLost = true;

        NodeInfo node = Assert.Single(await _nodes.Service<INodeDirectory>(0).ListAsync(CancellationToken.None));

        Assert.Equal(("active", 1), (node.State, node.Runs));
        Assert.True(_nodes.Service<LostTable>(0).Failures > 0);
    }

    /// <summary>Fails what asks for members as a database fails that restarts.</summary>
    private sealed class LostTable : IOutgoingGrainCallFilter
    {
        private int _failures;

        public bool IsLost { get; set; }

        public int Failures => _failures;

        public static void Add(IServiceCollection services)
        {
            services.AddSingleton<LostTable>();
            services.AddSingleton<IOutgoingGrainCallFilter>(static provider => provider.GetRequiredService<LostTable>());
        }

        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (IsLost && context.InterfaceMethod.DeclaringType == typeof(IManagementGrain))
            {
                Interlocked.Increment(ref _failures);
                throw new InvalidOperationException("57P03: the database system is starting up");
            }

            return context.Invoke();
        }
    }
}
