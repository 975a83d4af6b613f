using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Tests.Hosting;

namespace AgentSessions.Orleans.Tests;

public sealed class SessionPlacementTests
{
    private const int Sessions = 20;

    [Fact]
    public async Task Session_IsPlacedOnTheNodeThatIsAskedForIt()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3);

        for (int node = 0; node < nodes.Count; node++)
        {
            Assert.Equal(node, await nodes.TalkAsync(nodes.Engine(node), $"asked-{node}"));
        }
    }

    [Fact]
    public async Task Sessions_ThatANodeLooksAfter_AreSpreadOverAll()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3);
        var hosts = new HashSet<int>();
        for (int i = 0; i < Sessions; i++)
        {
            await LookAfterAsync(nodes, $"owed-{i}");
            hosts.Add(await nodes.TalkAsync(nodes.Engine(0), $"owed-{i}"));
        }

        // All twenty on one node would be chance once in a billion times.
        Assert.True(hosts.Count > 1, "One node has all of them.");
    }

    [Fact]
    public async Task Sessions_PlacedAnywhere_AreSpreadOverAll()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3, new TestNodesOptions { Settings = static _ => new OrleansOptions { Placement = OrleansPlacement.Anywhere } });
        var hosts = new HashSet<int>();
        for (int i = 0; i < Sessions; i++)
        {
            hosts.Add(await nodes.TalkAsync(nodes.Engine(0), $"anywhere-{i}"));
        }

        Assert.True(hosts.Count > 1, "One node has all of them.");
    }

    private static async Task LookAfterAsync(TestNodes nodes, string id)
    {
        SessionPlacement.Spread();
        await nodes.Service<SessionCalls>(0).CallAsync(Chat.Key(id), static grain => grain.LookAfterAsync(), CancellationToken.None);
    }
}
