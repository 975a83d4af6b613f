using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Rows 1 and 2: turns as fast as they go; their rate and their CPU time.</summary>
internal static class UnpacedRow
{
    private static readonly (int Chats, double Rate, double Cpu)[] s_goals = [(50, 200_000, 5), (500, 300_000, 3.3)];

    private const double WithinBare = 8;

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        List<TableLine> lines = [];
        foreach ((int chats, double rate, double cpu) in s_goals)
        {
            (Measurement own, Measurement bare) = await CompareAsync(lab, chats);
            double ratio = bare.Result.ChunksPerSecond / own.Result.ChunksPerSecond;
            lines.Add(new TableLine(1, $"durable chunks/s, unpaced, {chats} chats", Figures.Count(own.Result.ChunksPerSecond),
                Figures.Count(bare.Result.ChunksPerSecond), Figures.Ratio(ratio), $"≥ {Figures.Count(rate)}, within {WithinBare} × of bare",
                own.Result.ChunksPerSecond >= rate && ratio <= WithinBare));
            lines.Add(new TableLine(2, $"CPU-s per million chunks, {chats} chats", Figures.Digits(own.CpuPerMillion),
                Figures.Digits(bare.CpuPerMillion), Figures.Ratio(own.CpuPerMillion / bare.CpuPerMillion), $"≤ {Figures.Digits(cpu)}", own.CpuPerMillion <= cpu));
        }

        return lines;
    }

    /// <summary>More numbers of chats, for the picture.</summary>
    public static async Task<IReadOnlyList<TableLine>> MeasureCurveAsync(Lab lab)
    {
        foreach (int chats in lab.Scale.CurveSteps)
        {
            await CompareAsync(lab, chats);
        }

        return [];
    }

    private static Task<(Measurement Ours, Measurement Bare)> CompareAsync(Lab lab, int chats) =>
        lab.CompareAsync(RunNames.Unpaced(chats), (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = chats, ChunksPerTurn = lab.Scale.UnpacedChunks, Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window },
            hooks,
            lab.CancellationToken));
}
