using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 10: many readers of one live turn.</summary>
internal static class FanOutRow
{
    private const double CpuWithinBare = 2;

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        Scale scale = lab.Scale;
        TimeSpan turn = TimeSpan.FromMilliseconds(20) * scale.PacedChunks;
        (Measurement own, Measurement bare) = await lab.CompareAsync("fan-out", (load, hooks) => load.FanOutAsync(
            new FanOutLoad { Readers = scale.FanOutReaders, ChunksPerTurn = scale.PacedChunks, Warmup = scale.Warmup, Duration = turn * 2 }, hooks, lab.CancellationToken));
        double ratio = own.CpuPerMillion / bare.CpuPerMillion;
        string metric = $"{scale.FanOutReaders} readers of one live turn";
        return
        [
            new TableLine(10, $"{metric}: CPU µs per delivered chunk", Figures.Digits(own.CpuPerMillion), Figures.Digits(bare.CpuPerMillion),
                Figures.Ratio(ratio), $"≤ {CpuWithinBare} × bare", ratio <= CpuWithinBare),
            new TableLine(10, $"{metric}: turn p99, last reader", Figures.Time(own.Result.Turn.P99), Figures.Time(bare.Result.Turn.P99),
                Figures.Ratio(own.Result.Turn.P99 / bare.Result.Turn.P99), "–", null),
        ];
    }
}
