using AgentSessions.Benchmarks.Table;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>Longer histories behind the same small turn, which uses none of it.</summary>
internal sealed class HistorySeries : IGrowthSeries
{
    private const int Sessions = 10;
    private const int MeasuredTurns = 50;

    // A turn adds the user's message and the answer.
    private const int MessagesPerTurn = 2;

    private readonly string _prefix = $"history-{Guid.NewGuid():N}"[..20];
    private int _turns;

    public string Name => "history";

    public string Title => $"Messages in the history of {Sessions} sessions, turns of one chunk";

    public string[] Columns => ["messages", "turn p50", "turn p99", "append p50", "first chunk p50", "CPU ms per turn"];

    public int[] Sizes => [10, 100, 1_000, 10_000];

    public async Task<string[]?> MeasureAsync(Lab lab, Subject server, int size, TimeSpan left)
    {
        int missing = (size / MessagesPerTurn) - _turns;
        if (missing > 0)
        {
            Measurement growing = await lab.MeasureAsync(server, "history grows", (load, hooks) => load.TakeTurnsAsync(Turns(missing, left), hooks, lab.CancellationToken));
            if (growing.Result.Turns < missing * Sessions)
            {
                return null;
            }
        }

        Measurement run = await lab.MeasureAsync(server, $"history: {size}", (load, hooks) => load.TakeTurnsAsync(Turns(MeasuredTurns, TimeSpan.FromMinutes(1)), hooks, lab.CancellationToken));
        _turns = Math.Max(_turns, size / MessagesPerTurn) + MeasuredTurns;
        LoadResult result = run.Result;
        return
        [
            $"{size}", Figures.Time(result.Turn.P50), Figures.Time(result.Turn.P99), Figures.Time(result.Append.P50), Figures.Time(result.FirstChunk.P50),
            Figures.Digits(run.ServerCpuSeconds * 1_000 / result.Turns),
        ];
    }

    private TurnLoad Turns(int count, TimeSpan limit) =>
        new() { Sessions = Sessions, ChunksPerTurn = 1, TurnsPerSession = count, Prefix = _prefix, Duration = limit };
}
