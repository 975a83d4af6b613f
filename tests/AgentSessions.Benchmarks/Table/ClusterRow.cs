using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 9: a cluster that runs already, against one silo on the same machine; every turn crosses the addresses.</summary>
internal static class ClusterRow
{
    private const double GoalShare = 0.9;

    private static readonly int[] s_chats = [50, 500];

    // Loads of one and of the other take turns, so that what else the machine does meets both.
    private const int Rounds = 3;

    private static readonly TimeSpan s_goalFirstChunk = TimeSpan.FromMilliseconds(15);

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        TableOptions options = lab.Options;
        Uri[] single = options.SingleSilo is { } silo ? [silo] : [];
        foreach (IReadOnlyList<Uri> addresses in (IReadOnlyList<Uri>[])[single, options.Cluster])
        {
            await WarmUpAsync(lab, addresses);
        }

        var lines = new List<TableLine>();
        foreach (int chats in s_chats)
        {
            lines.Add(await ShareAsync(lab, single, chats));
        }

        return [.. lines, await FirstChunkAsync(lab)];
    }

    private static async Task<TableLine> ShareAsync(Lab lab, Uri[] single, int chats)
    {
        var alone = new List<double>();
        var together = new List<double>();
        for (int i = 0; i < Rounds; i++)
        {
            if (single.Length > 0)
            {
                alone.Add((await RunAsync(lab, "one silo", single, chats)).ChunksPerSecond);
            }

            together.Add((await RunAsync(lab, "cluster", lab.Options.Cluster, chats)).ChunksPerSecond);
        }

        (double one, double all) = (Median(alone), Median(together));
        double share = all / one;
        return new TableLine(9, $"cluster of {lab.Options.Cluster.Count} against one silo, {chats} chats: chunks/s", Figures.Count(all),
            single.Length == 0 ? "–" : Figures.Count(one), Figures.Percent(share), $"≥ {Figures.Percent(GoalShare)} of one silo", single.Length == 0 ? null : share >= GoalShare);
    }

    private static async Task<TableLine> FirstChunkAsync(Lab lab)
    {
        var firstChunks = new List<TimeSpan>();
        for (int i = 0; i < Rounds; i++)
        {
            firstChunks.Add((await RunAsync(lab, "cluster, one chat", lab.Options.Cluster, 1)).FirstChunk.P50);
        }

        TimeSpan median = firstChunks.Order().ElementAt(Rounds / 2);
        return new TableLine(9, "first chunk across silos, one chat: p50", Figures.Time(median), "–", "–", $"≤ {Figures.Time(s_goalFirstChunk)}", median <= s_goalFirstChunk);
    }

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);

    /// <summary>Three processes have three times the code to compile; that is no property of a cluster.</summary>
    private static async Task WarmUpAsync(Lab lab, IReadOnlyList<Uri> addresses)
    {
        if (addresses.Count > 0)
        {
            await new LoadGenerator(new LoadTarget { Addresses = addresses, SecretKey = lab.Options.ClusterKey }).TakeTurnsAsync(
                new TurnLoad { Sessions = s_chats[0], ChunksPerTurn = lab.Scale.UnpacedChunks, Duration = lab.Scale.StartWarmup * addresses.Count },
                cancellationToken: lab.CancellationToken);
        }
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
