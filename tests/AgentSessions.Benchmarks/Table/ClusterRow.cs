using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 9: a cluster that runs already, against one silo on the same machine; every turn crosses the addresses.</summary>
internal static class ClusterRow
{
    private const int Chats = 50;
    private const double GoalShare = 0.9;

    private static readonly TimeSpan s_goalFirstChunk = TimeSpan.FromMilliseconds(15);

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        TableOptions options = lab.Options;
        LoadResult? single = options.SingleSilo is { } silo ? await RunAsync(lab, "one silo", [silo], Chats) : null;
        LoadResult cluster = await RunAsync(lab, "cluster", options.Cluster, Chats);
        LoadResult one = await RunAsync(lab, "cluster, one chat", options.Cluster, 1);

        double share = single is null ? double.NaN : cluster.ChunksPerSecond / single.ChunksPerSecond;
        return
        [
            new TableLine(9, $"cluster of {options.Cluster.Count} against one silo, {Chats} chats: chunks/s", Figures.Count(cluster.ChunksPerSecond),
                single is null ? "–" : Figures.Count(single.ChunksPerSecond), Figures.Percent(share), $"≥ {Figures.Percent(GoalShare)} of one silo", single is null ? null : share >= GoalShare),
            new TableLine(9, "first chunk across silos, one chat: p50", Figures.Time(one.FirstChunk.P50), "–", "–", $"≤ {Figures.Time(s_goalFirstChunk)}", one.FirstChunk.P50 <= s_goalFirstChunk),
        ];
    }

    private static async Task<LoadResult> RunAsync(Lab lab, string name, IReadOnlyList<Uri> addresses, int chats)
    {
        LoadGenerator generator = new(new LoadTarget { Addresses = addresses, SecretKey = lab.Options.ClusterKey });
        LoadResult result = await generator.TakeTurnsAsync(
            new TurnLoad { Sessions = chats, ChunksPerTurn = lab.Scale.UnpacedChunks, Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window },
            cancellationToken: lab.CancellationToken);
        lab.Keep(new Measurement(name, "cluster", result, double.NaN, double.NaN));
        return result;
    }
}
