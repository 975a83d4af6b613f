using AgentSessions.Benchmarks.Processes;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 5: one chat; the time from sending a message to the first piece of its answer, both of them durable by then.</summary>
internal static class FirstChunkRow
{
    private const int ChunksPerTurn = 10;
    private const double WithinBare = 6;

    private static readonly TimeSpan s_overFlushes = TimeSpan.FromMilliseconds(1);

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        LatencySummary flushes = DiskFlush.MeasurePairs(lab.Options.Output, lab.Scale.FlushPairs);
        (Measurement ourRun, Measurement bareRun) = await lab.CompareAsync("one chat", (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = 1, ChunksPerTurn = ChunksPerTurn, Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window }, hooks, lab.CancellationToken));

        LatencySummary own = ourRun.Result.FirstChunk, bare = bareRun.Result.FirstChunk;
        TimeSpan limit = flushes.P99 + s_overFlushes;
        double ratio = own.P50 / bare.P50;
        return
        [
            new TableLine(5, "time to first chunk, one chat: p50", Figures.Time(own.P50), Figures.Time(bare.P50), Figures.Ratio(ratio),
                $"≤ {WithinBare} × bare", ratio <= WithinBare),
            new TableLine(5, "time to first chunk, one chat: p99", Figures.Time(own.P99), Figures.Time(bare.P99), Figures.Ratio(own.P99 / bare.P99),
                $"≤ two fdatasyncs + 1 ms = {Figures.Time(limit)}", own.P99 <= limit),
            new TableLine(5, "two bare fdatasyncs on the same disk: p50, p99", $"{Figures.Time(flushes.P50)}, {Figures.Time(flushes.P99)}", "–", "–", "–", null),
        ];
    }
}
