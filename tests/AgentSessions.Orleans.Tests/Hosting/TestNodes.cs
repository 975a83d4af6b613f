using System.Collections.Concurrent;
using AgentSessions.Core;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>A cluster of nodes in this process, each with its own view of one store in memory.</summary>
internal sealed class TestNodes : IAsyncDisposable
{
    private readonly InMemorySessionStore _stored = new();
    private readonly ConcurrentDictionary<string, TestStore> _stores = new();
    private readonly InProcessTestCluster _cluster;

    private TestNodes(int count, TestNodesOptions options)
    {
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.Options.InitializeClientOnDeploy = options.WithClient;
        builder.ConfigureSilo((silo, node) =>
        {
            OrleansOptions settings = options.Settings(Number(silo.SiloName));
            AddStore(node.Services, silo.SiloName);
            options.Agents(node.Services.AddAgentSessions());
            node.AddMemoryGrainStorage(OrleansSettings.SubscriptionStore);
            node.UseInMemoryReminderService();
            node.UseStreams(settings);
            node.AddSessionGrains(settings);
            options.Configure?.Invoke(node);
        });
        builder.ConfigureClient(client =>
        {
            AddStore(client.Services, "client");
            client.AddSessionClient(options.Settings(0));
            options.ConfigureClient?.Invoke(client);
        });
        _cluster = builder.Build();
    }

    public static async Task<TestNodes> StartAsync(int count, TestNodesOptions? options = null)
    {
        var nodes = new TestNodes(count, options ?? new TestNodesOptions());
        await nodes._cluster.DeployAsync();
        for (int i = 0; i < count; i++)
        {
            // What a node does to warm itself up would show in what tests count, and sessions would avoid it.
            int node = i;
            await Eventually.TrueAsync(
                () => Task.FromResult(!nodes.Service<NodeStates>(node).IsCold(nodes.Silo(node).SiloAddress)), $"node {node} is warm");
        }

        return nodes;
    }

    public int Count => _cluster.Silos.Count;

    /// <summary>What is stored, past every node.</summary>
    public InMemorySessionStore Stored => _stored;

    /// <summary>A node's engine.</summary>
    public ISessionEngine Engine(int node) => Service<ISessionEngine>(node);

    /// <summary>The engine of a process that is no node; see <see cref="TestNodesOptions.WithClient"/>.</summary>
    public ISessionEngine ClientEngine => _cluster.Client.ServiceProvider.GetRequiredService<ISessionEngine>();

    /// <summary>Says something and hears the answer; gives the node that runs the session.</summary>
    public async Task<int> TalkAsync(ISessionEngine engine, string id)
    {
        StartedSession started = await engine.OpenAsync(id);
        await engine.SayAsync(id, id);
        Assert.Equal($"echo {id}", Chat.Text(await engine.ReadTurnsAsync(id, 1)));
        return Enumerable.Range(0, Count).Single(i => Service<RunHost>(i).StatusOf(Chat.Key(id), started.RunId) is not null);
    }

    /// <summary>A node's view of the store.</summary>
    public TestStore Store(int node) => _stores[Silo(node).Name];

    /// <summary>Something of a node.</summary>
    public T Service<T>(int node)
        where T : notnull =>
        Silo(node).ServiceProvider.GetRequiredService<T>();

    /// <summary>Something of the process that is no node.</summary>
    public T ClientService<T>()
        where T : notnull =>
        _cluster.Client.ServiceProvider.GetRequiredService<T>();

    /// <summary>Ends a node as a crash does: nothing it still does reaches the store.</summary>
    public async Task KillAsync(int node)
    {
        Store(node).Kill();
        await _cluster.KillSiloAsync(Silo(node));
    }

    /// <summary>Lets a node leave.</summary>
    public Task StopAsync(int node) => _cluster.StopSiloAsync(Silo(node));

    /// <summary>Crashes every node, and starts as many new ones on what is stored.</summary>
    public async Task RestartAsync()
    {
        int count = Count;
        for (int i = 0; i < count; i++)
        {
            Store(i).Kill();
        }

        // Kill takes a node out of the list.
        while (_cluster.Silos is [.., var last])
        {
            await _cluster.KillSiloAsync(last);
        }

        await _cluster.StartSilosAsync(count);
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Nodes start at once, so the cluster's own list is in any order.</summary>
    private InProcessSiloHandle Silo(int node) => _cluster.Silos.OrderBy(static silo => silo.InstanceNumber).ElementAt(node);

    /// <summary>What a node's name ends with: its place in the order of starts.</summary>
    private static int Number(string siloName) => int.Parse(siloName[(siloName.IndexOf('_', StringComparison.Ordinal) + 1)..]);

    private void AddStore(IServiceCollection services, string name)
    {
        var store = new TestStore(_stored, static _ => { });
        _stores[name] = store;
        services.AddSingleton<ISessionStore>(store);
        services.AddSingleton<IStateStore>(store);
    }
}
