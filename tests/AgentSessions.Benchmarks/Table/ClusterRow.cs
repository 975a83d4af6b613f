using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 9: a cluster that runs already, against one silo on the same machine; every turn crosses the addresses.</summary>
internal static class ClusterRow
{
    private const int Chats = 50;
    private const double GoalShare = 0.9;

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

        var alone = new List<double>();
        var together = new List<double>();
        var firstChunks = new List<TimeSpan>();
        for (int i = 0; i < Rounds; i++)
        {
            if (single.Length > 0)
            {
                alone.Add((await RunAsync(lab, "one silo", single, Chats)).ChunksPerSecond);
            }

            together.Add((await RunAsync(lab, "cluster", options.Cluster, Chats)).ChunksPerSecond);
            firstChunks.Add((await RunAsync(lab, "cluster, one chat", options.Cluster, 1)).FirstChunk.P50);
        }

        (double one, double all, TimeSpan firstChunk) = (Median(alone), Median(together), firstChunks.Order().ElementAt(Rounds / 2));
        double share = all / one;
        return
        [
            new TableLine(9, $"cluster of {options.Cluster.Count} against one silo, {Chats} chats: chunks/s", Figures.Count(all),
                single.Length == 0 ? "–" : Figures.Count(one), Figures.Percent(share), $"≥ {Figures.Percent(GoalShare)} of one silo", single.Length == 0 ? null : share >= GoalShare),
            new TableLine(9, "first chunk across silos, one chat: p50", Figures.Time(firstChunk), "–", "–", $"≤ {Figures.Time(s_goalFirstChunk)}", firstChunk <= s_goalFirstChunk),
        ];
    }

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);

    /// <summary>Three processes have three times the code to compile; that is no property of a cluster.</summary>
    private static async Task WarmUpAsync(Lab lab, IReadOnlyList<Uri> addresses)
    {
        if (addresses.Count > 0)
        {
            await new LoadGenerator(new LoadTarget { Addresses = addresses, SecretKey = lab.Options.ClusterKey }).TakeTurnsAsync(
                new TurnLoad { Sessions = Chats, ChunksPerTurn = lab.Scale.UnpacedChunks, Duration = lab.Scale.StartWarmup * addresses.Count },
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
