using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AgentSessions.Deploy.Tests.Network;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes, each in a network namespace of its own, that tests share, one test after the other.</summary>
[CollectionDefinition(nameof(PartitionedCluster))]
public sealed class PartitionedCluster : IAsyncLifetime, ICollectionFixture<PartitionedCluster>
{
    private readonly string _data = Directory.CreateTempSubdirectory("agent-sessions-partitions-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private LocalCluster? _cluster;

    /// <summary>How many there are, numbered from 1.</summary>
    public int Nodes => 3;

    /// <summary>Sessions that tests have started.</summary>
    public int Sessions { get; private set; }

    internal LocalCluster Cluster => _cluster!;

    internal LocalNetwork Network { get; } = new(LocalNetwork.NewName());

    /// <summary>A client that asks one node after the other, and does not wait long for one that cannot answer.</summary>
    public WireClient Client() => new(Cluster.Urls, SharedCluster.SecretKey, TimeSpan.FromSeconds(10));

    /// <summary>Chats on this cluster.</summary>
    public LoadUnderFire Load(WireClient client, TimeSpan limit, string name)
    {
        Sessions += LoadUnderFire.Chats;
        return LoadUnderFire.Start(client, limit, name);
    }

    /// <summary>Waits until a node takes so many nodes for members.</summary>
    public Task WaitForMembersAsync(int node, int count, CancellationToken limit) =>
        Eventually.HoldsAsync(() => OverviewAsync(node, limit), members => members.Count == count, $"{count} members seen by node {node}", limit);

    /// <summary>Waits until every node reaches all others, as a supervisor does: a node that ended because others took it for dead is started again.</summary>
    public Task BackInServiceAsync(CancellationToken limit) => Eventually.TrueAsync(
        async () =>
        {
            for (int node = 1; node <= Nodes; node++)
            {
                if (!Cluster.IsNodeRunning(node))
                {
                    await Cluster.StartNodeAsync(node);
                }

                if (await ReachedAsync(node, limit) != Nodes)
                {
                    return false;
                }
            }

            return true;
        },
        "every node reaching all others",
        limit);

    /// <summary>How many sessions the nodes together have in memory.</summary>
    public async Task<int> CountActivationsAsync(CancellationToken limit) =>
        (await OverviewAsync(1, limit)).Sum(static node => node!["sessions"]!.GetValue<int>());

    public async Task InitializeAsync()
    {
        if (LocalNetwork.WhyNot is null)
        {
            _cluster = await LocalCluster.StartAsync(
                _data, "--nodes", $"{Nodes}", "--demo-agents", "--secret-key", SharedCluster.SecretKey, "--network", Network.Name);
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SharedCluster.SecretKey);
        }
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _http.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>How many nodes a node reaches, itself among them; 0 when it does not say.</summary>
    private async Task<int> ReachedAsync(int node, CancellationToken limit)
    {
        try
        {
            return (await OverviewAsync(node, limit)).Count(static node => node!["state"]!.GetValue<string>() == "active");
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !limit.IsCancellationRequested))
        {
            return 0;
        }
    }

    private async Task<JsonArray> OverviewAsync(int node, CancellationToken limit) =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri(Cluster.Urls[node - 1], "/api/console/v1/overview"), limit))!["nodes"]!.AsArray();
}
