using System.Diagnostics;
using AgentSessions.TestServer;
using Xunit.Abstractions;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>Three nodes under load, and everything that may happen to them.</summary>
/// <remarks>CLUSTER_KILLS, CLUSTER_PAUSES and CLUSTER_SEED choose the length and the moments; the long form is 20 kills and 10 pauses, and restarts every node. LONG_MINUTES ends each sooner.</remarks>
[Collection(nameof(SharedCluster))]
public sealed class ClusterTests(SharedCluster shared, ITestOutputHelper output)
{
    /// <summary>How long chats may stand still while a node hangs: the limit of its silence, and what a machine adds that has much else to do.</summary>
    private static readonly TimeSpan _longestHang = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    private static bool IsLong => Environment.GetEnvironmentVariable("CLUSTER_KILLS") is not null;

    [Fact]
    public async Task Kill_OfNodesUnderLoad_LosesDoublesAndReordersNothing()
    {
        int seed = TestSetting.Number("CLUSTER_SEED", Environment.TickCount);
        output.WriteLine($"CLUSTER_SEED={seed}");
        var random = new Random(seed);
        using WireClient client = shared.Client();
        using LoadUnderFire load = shared.Load(client, _limit + (TimeSpan.FromMinutes(1) * TestSetting.Number("CLUSTER_KILLS", 2)), "killed-");

        int killed = 0;
        foreach (int kill in TestSetting.Rounds("CLUSTER_KILLS", 2))
        {
            killed = kill;
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

        await load.EndAsync();
        output.WriteLine($"{killed} kills, {load}");
    }

    [Fact]
    public async Task RollingRestart_UnderLoad_LosesNothing()
    {
        using WireClient client = shared.Client();
        using LoadUnderFire load = shared.Load(client, _limit, "rolled-");

        int restarts = IsLong ? shared.Nodes : 2;
        for (int node = 1; node <= restarts; node++)
        {
            await load.MoveEveryAsync();
            await shared.Cluster.StopNodeAsync(node);
            await load.MoveEveryAsync();
            await shared.Cluster.StartNodeAsync(node);
        }

        await load.EndAsync();
        Assert.True(load.TurnsWithOtherTokens.Count == 0, string.Join('\n', load.TurnsWithOtherTokens));
        output.WriteLine($"{restarts} nodes restarted, 0 tokens lost, {load}");
    }

    [Fact]
    public async Task Pause_OfANodeThatOthersTakeForDead_WritesNothingWhenItWakes()
    {
        const int Paused = 2;
        const int Other = 1;
        int paused = 0;
        using WireClient client = shared.Client(except: Paused);
        using LoadUnderFire load = shared.Load(client, _limit * TestSetting.Number("CLUSTER_PAUSES", 1), "paused-");
        foreach (int pause in TestSetting.Rounds("CLUSTER_PAUSES", 1))
        {
            paused = pause;
            await load.MoveEveryAsync();
            shared.Cluster.PauseNode(Paused);
            var clock = Stopwatch.StartNew();
            await shared.Overview.WaitForMembersAsync(Other, shared.Nodes - 1, load.Limit);
            long dead = clock.ElapsedMilliseconds;
            await load.MoveEveryAsync();
            output.WriteLine($"paused, called dead after {dead} ms, every chat heard something new after {clock.ElapsedMilliseconds} ms");
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, _longestHang);

            // It wakes in the middle of what it did. Others own that now, so nothing of it is taken, and it comes back by itself as a new node.
            clock.Restart();
            shared.Cluster.WakeNode(Paused);
            await shared.Overview.WaitUntilWholeAsync(load.Limit);
            output.WriteLine($"woken, member again after {clock.ElapsedMilliseconds} ms");
        }

        await load.EndAsync();
        output.WriteLine($"a node paused {paused} times, {load}");
    }

    [Fact]
    public async Task Database_CrashedUnderLoad_LosesNothing()
    {
        using WireClient client = shared.Client();
        using LoadUnderFire load = shared.Load(client, _limit, "database-");
        await load.MoveEveryAsync();
        await shared.Cluster.DatabaseAsync("restart", "-m", "immediate");
        await load.MoveEveryAsync();

        await load.EndAsync();
        output.WriteLine($"database crashed, {load}");
    }

    [Fact]
    public async Task ManySessions_StartedAtOnce_AreAllAnswered()
    {
        const int Sessions = 200;
        using WireClient client = shared.Client();
        using var limit = new CancellationTokenSource(_limit);
        int before = LinesLogged();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(async i =>
        {
            await client.StartAsync($"crowd-{i}", "echo", limit.Token);
            Assert.Contains($"{i}", string.Concat((await client.AskAsync($"crowd-{i}", $"{i}", limit.Token)).Select(static record => record.Delta)));
        }));
        output.WriteLine($"{Sessions} sessions started and answered in {clock.ElapsedMilliseconds} ms");

        // A session that is well is nothing an operator reads of; some of the tests before may come to an end meanwhile.
        Assert.InRange(LinesLogged() - before, 0, Sessions / 2);
    }

    private int LinesLogged() => Enumerable.Range(1, shared.Nodes).Sum(node => File.ReadLines(Path.Combine(shared.Cluster.Data, $"node-{node}.log")).Count());
}
