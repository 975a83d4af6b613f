using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>The published npm clients, unmodified, against one node of a cluster whose sessions are on all of them.</summary>
[Collection(nameof(SharedCluster))]
public sealed class PublishedClientTests(SharedCluster shared)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    [NodeTheory]
    [InlineData("agentchat.test.mjs")]
    [InlineData("headstart.test.mjs")]
    [InlineData("react.test.mjs")]
    [InlineData("transport.test.mjs")]
    [InlineData("traps.test.mjs")]
    [InlineData("usechat.test.mjs")]
    public async Task EveryTestOfTheFilePasses(string file)
    {
        var node = new NodeProject("clients");
        await node.InstallAsync();
        var environment = new Dictionary<string, string>
        {
            ["BASE_URL"] = shared.Cluster.Urls[0].ToString().TrimEnd('/'),
            ["SECRET_KEY"] = SharedCluster.SecretKey,
        };

        (int code, string output) = await node.RunAsync("node", ["--test", "--test-reporter=tap", file], environment, _limit);

        Assert.True(code == 0, output);
    }

    /// <summary>A test that needs Node; skipped with a clear line where it is missing.</summary>
    private sealed class NodeTheoryAttribute : TheoryAttribute
    {
        public NodeTheoryAttribute() => Skip = NodeProject.Missing;
    }
}
