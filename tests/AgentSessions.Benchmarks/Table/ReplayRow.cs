using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 6: readers that resume a finished turn.</summary>
internal static class ReplayRow
{
    private const double GoalRate = 900_000;
    private const double GoalCpu = 0.6;

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        Scale scale = lab.Scale;
        (Measurement own, Measurement bare) = await lab.CompareAsync("replay", (load, hooks) => load.ReplayAsync(
            new ReplayLoad { Readers = scale.ReplayReaders, ChunksPerTurn = scale.ReplayChunks, Warmup = scale.Warmup, Duration = scale.Window }, hooks, lab.CancellationToken));
        string metric = $"replay of a {scale.ReplayChunks}-chunk turn, {scale.ReplayReaders} readers";
        return
        [
            new TableLine(6, $"{metric}: chunks/s", Figures.Count(own.Result.ChunksPerSecond), Figures.Count(bare.Result.ChunksPerSecond),
                Figures.Ratio(bare.Result.ChunksPerSecond / own.Result.ChunksPerSecond), $"≥ {Figures.Count(GoalRate)}", own.Result.ChunksPerSecond >= GoalRate),
            new TableLine(6, $"{metric}: CPU-s per million", Figures.Digits(own.CpuPerMillion), Figures.Digits(bare.CpuPerMillion),
                Figures.Ratio(own.CpuPerMillion / bare.CpuPerMillion), $"≤ {Figures.Digits(GoalCpu)}", own.CpuPerMillion <= GoalCpu),
        ];
    }
}
