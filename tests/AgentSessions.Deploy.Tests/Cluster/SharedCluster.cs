using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes that tests share, one test after the other.</summary>
[CollectionDefinition(nameof(SharedCluster))]
public sealed class SharedCluster : IAsyncLifetime, ICollectionFixture<SharedCluster>
{
    /// <summary>Every node's secret key.</summary>
    public const string SecretKey = "tr_dev_cluster_0123456789abcdefghijklmnopqrstuvw";

    private readonly string _data = Directory.CreateTempSubdirectory("agent-sessions-nodes-").FullName;
    private LocalCluster? _cluster;
    private ClusterOverview? _overview;

    /// <summary>How many there are, numbered from 1.</summary>
    public int Nodes => 3;

    internal LocalCluster Cluster => _cluster!;

    internal ClusterOverview Overview => _overview!;

    /// <summary>A client that asks one node after the other.</summary>
    /// <param name="except">A node that it does not ask.</param>
    public WireClient Client(int? except = null) => new([.. Cluster.Urls.Where((_, i) => i + 1 != except)], SecretKey);

    /// <summary>Chats on this cluster.</summary>
    /// <param name="client">The wire.</param>
    /// <param name="limit">How long nothing new may come, and how long the end may take.</param>
    /// <param name="name">What the chats' ids begin with.</param>
    public LoadUnderFire Load(WireClient client, TimeSpan limit, string name) => LoadUnderFire.Start(client, limit, name, LoadPace.Steady);

    public async Task InitializeAsync()
    {
        // Clients that ask one node have sessions on all of them, so that it matters what becomes of the others.
        var settings = new Dictionary<string, string?> { ["AgentSessions__Orleans__Placement"] = "Anywhere" };
        _cluster = await LocalCluster.StartAsync(_data, settings, "--nodes", $"{Nodes}", "--demo-agents", "--secret-key", SecretKey);
        _overview = new ClusterOverview(_cluster.Urls, SecretKey);
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _overview?.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
