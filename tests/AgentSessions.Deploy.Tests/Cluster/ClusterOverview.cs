using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>What each node of a cluster says of all of them.</summary>
internal sealed class ClusterOverview : IDisposable
{
    private readonly Uri[] _urls;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };

    public ClusterOverview(Uri[] urls, string secretKey)
    {
        _urls = urls;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secretKey);
    }

    /// <summary>Waits until a node takes so many nodes for members.</summary>
    public Task WaitForMembersAsync(int node, int count, CancellationToken limit) =>
        Eventually.HoldsAsync(() => NodesAsync(node, limit), members => members.Count == count, $"{count} members seen by node {node}", limit);

    /// <summary>Waits until every node reaches all others.</summary>
    public Task WaitUntilWholeAsync(CancellationToken limit) => Eventually.TrueAsync(
        async () =>
        {
            for (int node = 1; node <= _urls.Length; node++)
            {
                if (await ReachedAsync(node, limit) != _urls.Length)
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
        (await NodesAsync(1, limit)).Sum(static node => node!["sessions"]!.GetValue<int>());

    public void Dispose() => _http.Dispose();

    /// <summary>How many nodes a node reaches, itself among them; 0 when it does not say.</summary>
    private async Task<int> ReachedAsync(int node, CancellationToken limit)
    {
        try
        {
            return (await NodesAsync(node, limit)).Count(static node => node!["state"]!.GetValue<string>() == "active");
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !limit.IsCancellationRequested))
        {
            return 0;
        }
    }

    private async Task<JsonArray> NodesAsync(int node, CancellationToken limit) =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri(_urls[node - 1], "/api/console/v1/overview"), limit))!["nodes"]!.AsArray();
}
