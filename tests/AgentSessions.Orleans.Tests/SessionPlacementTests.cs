using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
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

        await AssertSpreadAsync(nodes, async id =>
        {
            SessionPlacement.Spread();
            await nodes.Service<SessionCalls>(0).CallAsync(Chat.Key(id), static grain => grain.LookAfterAsync(), CancellationToken.None);
        });
    }

    [Fact]
    public async Task Sessions_PlacedAnywhere_AreSpreadOverAll()
    {
        await using TestNodes nodes = await TestNodes.StartAsync(3, new TestNodesOptions { Settings = static _ => new OrleansOptions { Placement = OrleansPlacement.Anywhere } });

        await AssertSpreadAsync(nodes, static _ => Task.CompletedTask);
    }

    /// <summary>Asks one node for sessions, each after what comes first, and finds them on several.</summary>
    private static async Task AssertSpreadAsync(TestNodes nodes, Func<string, Task> first)
    {
        var hosts = new HashSet<int>();
        for (int i = 0; i < Sessions; i++)
        {
            await first($"spread-{i}");
            hosts.Add(await nodes.TalkAsync(nodes.Engine(0), $"spread-{i}"));
        }

        // All twenty on one node would be chance once in a billion times.
        Assert.True(hosts.Count > 1, "One node has all of them.");
    }
}
