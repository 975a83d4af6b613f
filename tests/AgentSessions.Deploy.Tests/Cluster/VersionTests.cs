using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>A cluster that is rolled to the version after the current one, and back.</summary>
/// <remarks>VERSION_ROLLS chooses how often; the long form is 20, and rolls every node, the short form two of them.</remarks>
[Collection(nameof(SharedCluster))]
public sealed class VersionTests(SharedCluster shared, ITestOutputHelper output)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task RollingUpgrade_AndBack_UnderLoad_LosesNothing()
    {
        int? chosen = TestSetting.Find("VERSION_ROLLS");
        int rolls = chosen ?? 1;
        int nodes = chosen is null ? 2 : shared.Nodes;
        using WireClient client = shared.Client();
        using LoadUnderFire load = shared.Load(client, _limit * rolls, "versions-");
        for (int i = 0; i < rolls; i++)
        {
            await RollAsync(load, client, nodes, $"up-{i}", NextVersion.Server);
            await RollAsync(load, client, nodes, $"back-{i}", null);
        }

        await load.EndAsync();
        Assert.True(load.TurnsWithOtherTokens.Count == 0, string.Join('\n', load.TurnsWithOtherTokens));
        output.WriteLine($"{rolls} times forward and back, 0 tokens lost, {load}");
    }

    /// <summary>Puts another version on one node after the other, and has each mixture hand a chat over to a new version of its agent.</summary>
    private async Task RollAsync(LoadUnderFire load, WireClient client, int nodes, string name, string? server)
    {
        for (int node = 1; node <= nodes; node++)
        {
            await load.MoveEveryAsync();
            await shared.Cluster.StopNodeAsync(node);
            await load.MoveEveryAsync();
            await shared.Cluster.StartNodeAsync(node, server);

            string chat = $"{name}-{node}";
            await client.StartAsync(chat, "upgrade", load.Limit);
            IReadOnlyList<WireRecord> records = await client.AskAsync(chat, "upgrade", load.Limit);
            Assert.Equal("v2: upgrade", string.Concat(records.Select(static record => record.Delta)));
            Assert.Single(records, static record => record.IsBoundary);
        }
    }
}
