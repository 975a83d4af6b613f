using System.Collections.Concurrent;
using AgentSessions.Agents;
using AgentSessions.Core;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>A cluster of nodes in this process, each with its own view of one store in memory.</summary>
internal sealed class TestNodes : IAsyncDisposable
{
    private readonly InMemorySessionStore _stored = new();
    private readonly ConcurrentDictionary<string, TestStore> _stores = new();
    private readonly InProcessTestCluster _cluster;

    private TestNodes(int count, OrleansOptions options, Action<ISiloBuilder>? configure)
    {
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((silo, node) =>
        {
            var store = new TestStore(_stored, static _ => { });
            _stores[silo.SiloName] = store;
            node.Services.AddSingleton<ISessionStore>(store);
            node.Services.AddSingleton<IStateStore>(store);
            node.Services.AddAgentSessions().AddTestAgents();
            node.AddMemoryGrainStorage(OrleansSettings.SubscriptionStore);
            node.UseInMemoryReminderService();
            node.UseStreams(options);
            node.AddSessionGrains(options);
            configure?.Invoke(node);
        });
        _cluster = builder.Build();
    }

    public static async Task<TestNodes> StartAsync(int count, OrleansOptions? options = null, Action<ISiloBuilder>? configure = null)
    {
        var nodes = new TestNodes(count, options ?? new OrleansOptions(), configure);
        await nodes._cluster.DeployAsync();
        return nodes;
    }

    public int Count => _cluster.Silos.Count;

    /// <summary>What is stored, past every node.</summary>
    public InMemorySessionStore Stored => _stored;

    /// <summary>A node's engine.</summary>
    public ISessionEngine Engine(int node) => Service<ISessionEngine>(node);

    /// <summary>A node's view of the store.</summary>
    public TestStore Store(int node) => _stores[_cluster.Silos[node].Name];

    /// <summary>Something of a node.</summary>
    public T Service<T>(int node)
        where T : notnull =>
        _cluster.Silos[node].ServiceProvider.GetRequiredService<T>();

    /// <summary>Ends a node as a crash does: nothing it still does reaches the store.</summary>
    public async Task KillAsync(int node)
    {
        Store(node).Kill();
        await _cluster.KillSiloAsync(_cluster.Silos[node]);
    }

    /// <summary>Lets a node leave.</summary>
    public Task StopAsync(int node) => _cluster.StopSiloAsync(_cluster.Silos[node]);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
