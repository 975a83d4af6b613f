using System.Diagnostics;
using System.Net.Sockets;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests;

public sealed class LocalClusterTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    private readonly string _data = Directory.CreateTempSubdirectory("agent sessions cluster ").FullName;

    /// <summary>What PostgreSQL's user owns can be removed by root, or by that user, who then runs these tests too.</summary>
    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Cluster_Starts_RestartsAKilledNodeByItsScript_AndEndsAll()
    {
        int first, second;
        await using (LocalCluster cluster = await LocalCluster.StartAsync(_data, "--engine", "embedded", "--demo-agents", "--secret-key", "tr_dev_test"))
        {
            Uri url = Assert.Single(cluster.Urls);
            await Readiness.WaitAsync(url, _limit);
            first = cluster.NodeId(1);
            using (Process node = Process.GetProcessById(first))
            {
                node.Kill();
                await node.WaitForExitAsync().WaitAsync(_limit);
            }

            using Process again = Process.Start(Path.Combine(_data, "node-1.cmd"));
            await Readiness.WaitAsync(url, _limit);
            second = cluster.NodeId(1);
            Assert.NotEqual(first, second);
            using Process database = Process.Start(Path.Combine(_data, "postgres.cmd"), ["status"]);
            await database.WaitForExitAsync().WaitAsync(_limit);
            Assert.Equal(0, database.ExitCode);

            Assert.Equal(0, await cluster.EndAsync());
            await again.WaitForExitAsync().WaitAsync(_limit);
            await RefusesAsync(url);
        }

        using Process ended = Process.Start(Path.Combine(_data, "postgres.cmd"), ["status"]);
        await ended.WaitForExitAsync().WaitAsync(_limit);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Empty(Directory.GetFiles(_data, "*.pid"));
        Assert.Equal("tr_dev_test", File.ReadAllText(Path.Combine(_data, "secret-key")));
        Assert.DoesNotContain("tr_dev_test", File.ReadAllText(Path.Combine(_data, "node-1.cmd")));
    }

    [Theory]
    [InlineData("where to keep", "--nodes", "1")]
    [InlineData("one process", "--data", "{0}", "--engine", "embedded", "--nodes", "2")]
    [InlineData("--nodes is a number", "--data", "{0}", "--nodes", "many")]
    [InlineData("unknown argument", "--data", "{0}", "--what")]
    public async Task WrongArguments_AreRefused(string reason, params string[] arguments)
    {
        (int exitCode, string said) = await LocalCluster.RefusedAsync([.. arguments.Select(argument => string.Format(argument, _data))]);
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, said);
        Assert.Empty(Directory.GetFileSystemEntries(_data));
    }

    private static async Task RefusesAsync(Uri url)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(url.Host, url.Port));
    }
}
