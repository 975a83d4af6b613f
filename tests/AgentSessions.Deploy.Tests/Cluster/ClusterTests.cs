using System.Diagnostics;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes under load, and everything that may happen to them.</summary>
/// <remarks>CLUSTER_KILLS and CLUSTER_SEED choose the length and the moments; the long form is 20 kills.</remarks>
[Collection(nameof(SharedCluster))]
public sealed class ClusterTests(SharedCluster shared, ITestOutputHelper output)
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Kill_OfNodesUnderLoad_LosesDoublesAndReordersNothing()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_KILLS") ?? "2");
        int seed = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_SEED") ?? Environment.TickCount.ToString());
        output.WriteLine($"CLUSTER_SEED={seed} CLUSTER_KILLS={kills}");
        var random = new Random(seed);
        using WireClient client = shared.Client();
        using LoadUnderFire load = LoadUnderFire.Start(client, _limit, "killed-");

        for (int i = 0; i < kills; i++)
        {
            await load.MoveEveryAsync();
            await Task.Delay(random.Next(0, 300), load.Limit);
            int node = random.Next(0, shared.Nodes) + 1;
            await shared.Cluster.KillNodeAsync(node);

            // Chats of the dead node go on elsewhere; only then it comes back.
            var clock = Stopwatch.StartNew();
            await load.MoveEveryAsync();
            output.WriteLine($"node {node} killed, every chat heard something new after {clock.ElapsedMilliseconds} ms");
            await shared.Cluster.StartNodeAsync(node);
        }

        Assert.Empty(await load.EndAsync());
        output.WriteLine($"{kills} kills, {load}");
    }

    [Fact]
    public async Task RollingRestart_UnderLoad_LosesNothing()
    {
        using WireClient client = shared.Client();
        using LoadUnderFire load = LoadUnderFire.Start(client, _limit, "rolled-");
        for (int node = 1; node <= shared.Nodes; node++)
        {
            await load.MoveEveryAsync();
            await shared.Cluster.StopNodeAsync(node);
            await load.MoveEveryAsync();
            await shared.Cluster.StartNodeAsync(node);
        }

        Assert.Empty(await load.EndAsync());
        Assert.Equal(0, load.TokensLost);
        output.WriteLine($"every node restarted, 0 tokens lost, {load}");
    }

    [Fact]
    public async Task Pause_OfANodeThatOthersTakeForDead_WritesNothingWhenItWakes()
    {
        const int Paused = 2;
        using WireClient client = shared.Client(except: Paused);
        using LoadUnderFire load = LoadUnderFire.Start(client, _limit, "paused-");
        await load.MoveEveryAsync();
        shared.Cluster.PauseNode(Paused);
        await load.MoveEveryAsync();

        // It wakes in the middle of what it did. Others own that now, so nothing of it is taken, and it ends itself.
        await shared.Cluster.WakeNodeAsync(Paused);
        await load.MoveEveryAsync();
        await shared.Cluster.StartNodeAsync(Paused);

        Assert.Empty(await load.EndAsync());
        output.WriteLine($"a node paused, {load}");
    }

    [Fact]
    public async Task Database_CrashedUnderLoad_LosesNothing()
    {
        using WireClient client = shared.Client();
        using LoadUnderFire load = LoadUnderFire.Start(client, _limit, "database-");
        await load.MoveEveryAsync();
        await shared.Cluster.DatabaseAsync("restart", "-m", "immediate");
        await load.MoveEveryAsync();

        Assert.Empty(await load.EndAsync());
        output.WriteLine($"database crashed, {load}");
    }

    [Fact]
    public async Task ManySessions_StartedAtOnce_AreAllAnswered()
    {
        const int Sessions = 200;
        using WireClient client = shared.Client();
        using var limit = new CancellationTokenSource(_limit);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(async i =>
        {
            await client.StartAsync($"crowd-{i}", "echo", limit.Token);
            Assert.Contains($"{i}", string.Concat((await client.AskAsync($"crowd-{i}", $"{i}", limit.Token)).Select(static record => record.Delta)));
        }));
        output.WriteLine($"{Sessions} sessions started and answered in {clock.ElapsedMilliseconds} ms");
    }
}
