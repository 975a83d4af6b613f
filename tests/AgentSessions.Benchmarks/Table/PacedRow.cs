using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Rows 3 and 4: chats at a model's pace; the time a turn takes, its CPU time, and how many chats a core holds.</summary>
internal static class PacedRow
{
    private static readonly TimeSpan s_chunkDelay = TimeSpan.FromMilliseconds(20);

    // Stated for turns of 200 deltas, which ideally take four seconds; shorter turns are held to the same share.
    private const int StatedChunks = 200;
    private const double GoalSeconds = 4.1;
    private const double HeldSeconds = 4.2;
    private const double CpuWithinBare = 2;
    private const int GoalHeld = 1_000;

    public static async Task<IReadOnlyList<TableLine>> MeasureSteadyAsync(Lab lab)
    {
        int chats = lab.Scale.PacedChats;
        (Measurement own, Measurement bare) = await lab.CompareAsync(RunNames.Paced(chats), (load, hooks) => load.TakeTurnsAsync(Load(lab, chats), hooks, lab.CancellationToken));
        double goal = Share(lab, GoalSeconds);
        double cpu = own.ServerCpuSeconds / bare.ServerCpuSeconds;
        string metric = $"{chats} chats at 50 chunks/s each, turns of {lab.Scale.PacedChunks}";
        return
        [
            new TableLine(3, $"{metric}: turn p99", Figures.Time(own.Result.Turn.P99), Figures.Time(bare.Result.Turn.P99),
                Figures.Ratio(own.Result.Turn.P99 / bare.Result.Turn.P99), $"≤ {Figures.Digits(goal)} s", own.Result.Turn.P99.TotalSeconds <= goal && Clean(own)),
            new TableLine(3, $"{metric}: share of a core", Figures.Percent(own.ServerLoad), Figures.Percent(bare.ServerLoad),
                Figures.Ratio(cpu), $"≤ {CpuWithinBare} × bare", cpu <= CpuWithinBare),
        ];
    }

    public static async Task<IReadOnlyList<TableLine>> MeasureHeldAsync(Lab lab)
    {
        (Subject ours, Subject bare) = await lab.PairAsync();
        int own = await HeldAsync(lab, ours), limit = await HeldAsync(lab, bare);

        // Who holds the most that is tried may hold more.
        string AtLeast(int held) => held == lab.Scale.HeldSteps[^1] ? "≥ " : "";
        return
        [
            new TableLine(4, $"chats at 50 chunks/s that one core holds with turn p99 ≤ {Figures.Digits(Share(lab, HeldSeconds))} s",
                AtLeast(own) + Figures.Count(own), AtLeast(limit) + Figures.Count(limit), AtLeast(limit) + Figures.Ratio((double)limit / own), $"≥ {Figures.Count(GoalHeld)}", own >= GoalHeld),
        ];
    }

    private static async Task<int> HeldAsync(Lab lab, Subject subject)
    {
        int held = 0;
        foreach (int chats in lab.Scale.HeldSteps)
        {
            // The first step may be the load of row 3, which need not be measured twice.
            Measurement step = lab.Measurements.LastOrDefault(run => run.Name == RunNames.Paced(chats) && run.Subject == subject.Name)
                ?? await lab.MeasureAsync(subject, RunNames.Paced(chats), (load, hooks) => load.TakeTurnsAsync(Load(lab, chats), hooks, lab.CancellationToken));
            if (step.Result.Turn.P99.TotalSeconds > Share(lab, HeldSeconds) || !Clean(step))
            {
                break;
            }

            held = chats;
        }

        return held;
    }

    private static TurnLoad Load(Lab lab, int chats)
    {
        TimeSpan turn = s_chunkDelay * lab.Scale.PacedChunks;
        return new TurnLoad
        {
            Sessions = chats,
            ChunksPerTurn = lab.Scale.PacedChunks,
            ChunkDelay = s_chunkDelay,
            RampUp = turn,
            Warmup = turn * 1.25,
            Duration = turn > lab.Scale.Window ? turn : lab.Scale.Window,
        };
    }

    private static double Share(Lab lab, double seconds) => seconds * lab.Scale.PacedChunks / StatedChunks;

    private static bool Clean(Measurement measurement) => measurement.Result is { ErrorCount: 0, Order.None: true };
}
