using AgentSessions.Benchmarks.Processes;
using AgentSessions.Load;
using AgentSessions.Load.Scenarios;
using AgentSessions.TestServer;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 9: three silos against one, each cluster on a PostgreSQL of its own; every turn of a chat asks the next node.</summary>
internal static class ClusterRow
{
    private const int Nodes = 3;
    private const double GoalShare = 0.9;

    // Loads of one and of the other take turns, so that what else the machine does meets both.
    private const int Rounds = 3;

    private static readonly int[] s_chats = [50, 500];
    private static readonly TimeSpan s_goalFirstChunk = TimeSpan.FromMilliseconds(15);

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        // Everything shares all cores, the generator too.
        await Pinning.ReleaseAsync();
        string data = Directory.CreateDirectory(Path.Combine(lab.Options.Output, $"clusters-{Guid.NewGuid():N}")).FullName;
        try
        {
            await using LocalCluster single = await StartAsync(lab, data, 1);
            await using LocalCluster cluster = await StartAsync(lab, data, Nodes);
            var lines = new List<TableLine>();
            foreach (int chats in s_chats)
            {
                lines.Add(await ShareAsync(lab, single, cluster, chats));
            }

            return [.. lines, await FirstChunkAsync(lab, cluster)];
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Three processes have three times the code to compile; that is no property of a cluster.</summary>
    private static async Task<LocalCluster> StartAsync(Lab lab, string data, int nodes)
    {
        // How the generator treats its sockets is its own affair.
        var settings = new Dictionary<string, string?> { [GeneratorProcess.InlineCompletions] = null, [GeneratorProcess.SocketThreads] = null };
        LocalCluster cluster = await LocalCluster.StartAsync(
            Path.Combine(data, $"{nodes}"), settings, "--nodes", $"{nodes}", "--secret-key", Lab.SecretKey, "--demo-agents");
        await Generator(cluster).TakeTurnsAsync(Load(lab, s_chats[0]) with { Duration = lab.Scale.StartWarmup * nodes }, cancellationToken: lab.CancellationToken);
        return cluster;
    }

    private static async Task<TableLine> ShareAsync(Lab lab, LocalCluster single, LocalCluster cluster, int chats)
    {
        var alone = new List<double>();
        var together = new List<double>();
        for (int i = 0; i < Rounds; i++)
        {
            alone.Add((await RunAsync(lab, "one silo", single, chats)).ChunksPerSecond);
            together.Add((await RunAsync(lab, "cluster", cluster, chats)).ChunksPerSecond);
        }

        (double one, double all) = (Median(alone), Median(together));
        double share = all / one;
        return new TableLine(
            9, $"{Nodes} silos against one, {chats} chats, every turn across nodes: chunks/s", Figures.Count(all), Figures.Count(one), Figures.Percent(share),
            $"≥ {Figures.Percent(GoalShare)} of one silo", share >= GoalShare);
    }

    private static async Task<TableLine> FirstChunkAsync(Lab lab, LocalCluster cluster)
    {
        var firstChunks = new List<TimeSpan>();
        for (int i = 0; i < Rounds; i++)
        {
            firstChunks.Add((await RunAsync(lab, "cluster, one chat", cluster, 1)).FirstChunk.P50);
        }

        TimeSpan median = firstChunks.Order().ElementAt(Rounds / 2);
        return new TableLine(9, "first chunk across silos, one chat: p50", Figures.Time(median), "–", "–", $"≤ {Figures.Time(s_goalFirstChunk)}", median <= s_goalFirstChunk);
    }

    private static async Task<LoadResult> RunAsync(Lab lab, string name, LocalCluster cluster, int chats)
    {
        LoadResult result = await Generator(cluster).TakeTurnsAsync(
            Load(lab, chats) with { Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window }, cancellationToken: lab.CancellationToken);
        lab.Keep(new Measurement(name, "cluster", result, double.NaN, double.NaN));
        return result;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static LoadGenerator Generator(LocalCluster cluster) => new(new LoadTarget { Addresses = cluster.Urls, SecretKey = Lab.SecretKey });

    private static TurnLoad Load(Lab lab, int chats) => new() { Sessions = chats, ChunksPerTurn = lab.Scale.UnpacedChunks };
}
