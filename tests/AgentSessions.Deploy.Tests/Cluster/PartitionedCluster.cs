using AgentSessions.Deploy.Tests.Network;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes, each in a network namespace of its own, that tests share, one test after the other.</summary>
[CollectionDefinition(nameof(PartitionedCluster))]
public sealed class PartitionedCluster : IAsyncLifetime, ICollectionFixture<PartitionedCluster>
{
    private readonly string _data = Directory.CreateTempSubdirectory("agent-sessions-partitions-").FullName;
    private LocalCluster? _cluster;
    private ClusterOverview? _overview;

    /// <summary>How many there are, numbered from 1.</summary>
    public int Nodes => 3;

    /// <summary>Sessions that tests have started.</summary>
    public int Sessions { get; private set; }

    internal LocalCluster Cluster => _cluster!;

    internal ClusterOverview Overview => _overview!;

    internal LocalNetwork Network { get; } = new(LocalNetwork.NewName());

    /// <summary>A client that asks one node after the other, and does not wait long for one that cannot answer.</summary>
    public WireClient Client() => new(Cluster.Urls, SharedCluster.SecretKey, TimeSpan.FromSeconds(10));

    /// <summary>Chats on this cluster.</summary>
    public LoadUnderFire Load(WireClient client, TimeSpan limit, string name)
    {
        Sessions += LoadUnderFire.Chats;
        return LoadUnderFire.Start(client, limit, name, LoadPace.Steady);
    }

    public async Task InitializeAsync()
    {
        if (LocalNetwork.WhyNot is null)
        {
            _cluster = await LocalCluster.StartAsync(
                _data, "--nodes", $"{Nodes}", "--demo-agents", "--secret-key", SharedCluster.SecretKey, "--network", Network.Name);
            _overview = new ClusterOverview(_cluster.Urls, SharedCluster.SecretKey);
        }
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
