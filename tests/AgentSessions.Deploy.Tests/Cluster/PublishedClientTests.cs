using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>The published npm clients, unmodified, against one node of a cluster whose sessions are on all of them.</summary>
[Collection(nameof(SharedCluster))]
public sealed class PublishedClientTests(SharedCluster shared)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    private static readonly string[] _files =
        ["agentchat.test.mjs", "headstart.test.mjs", "react.test.mjs", "transport.test.mjs", "traps.test.mjs", "usechat.test.mjs"];

    [NodeFact]
    public async Task EveryTestOfTheirFilesPasses()
    {
        var node = new NodeProject("clients");
        await node.InstallAsync();
        var environment = new Dictionary<string, string>
        {
            ["BASE_URL"] = shared.Cluster.Urls[0].ToString().TrimEnd('/'),
            ["SECRET_KEY"] = SharedCluster.SecretKey,
        };

        (int code, string output) = await node.TestAsync(_files, environment, _limit);

        Assert.True(code == 0, output);
    }
}
