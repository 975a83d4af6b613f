using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>The published npm clients, unmodified, against a node that stays while the others are killed in turn.</summary>
/// <remarks>CLIENT_KILLS is how many; the long form is 20.</remarks>
[Collection(nameof(SharedCluster))]
public sealed class KilledNodesTests(SharedCluster shared, ITestOutputHelper output)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    [NodeFact]
    public async Task PublishedClients_OfANodeThatStays_GoOnWhileOthersAreKilled()
    {
        int kills = TestSetting.Number("CLIENT_KILLS", 2);
        var node = new NodeProject("clients");
        await node.InstallAsync();
        string until = Path.Combine(shared.Cluster.Data, $"until-{Guid.NewGuid():N}");
        var environment = new Dictionary<string, string>
        {
            ["BASE_URL"] = shared.Cluster.Urls[0].ToString().TrimEnd('/'),
            ["SECRET_KEY"] = SharedCluster.SecretKey,
            ["UNTIL"] = until,
        };

        Task<(int Code, string Output)> clients = node.TestAsync(["killed.mjs"], environment, _limit);
        try
        {
            for (int i = 0; i < kills && !clients.IsCompleted; i++)
            {
                int victim = 2 + (i % (shared.Nodes - 1));
                await shared.Cluster.KillNodeAsync(victim);
                await shared.Cluster.StartNodeAsync(victim);
                output.WriteLine($"node {victim} was killed and is back");
            }
        }
        finally
        {
            await File.WriteAllTextAsync(until, "");
        }

        (int code, string said) = await clients;

        Assert.True(code == 0, said);
    }
}
