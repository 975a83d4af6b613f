using AgentSessions.Benchmarks.Table;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>More readers of one live turn.</summary>
internal sealed class ReadersSeries : IGrowthSeries
{
    // Slow enough that ten thousand readers get every chunk before the next one is due.
    private static readonly TimeSpan s_chunkDelay = TimeSpan.FromMilliseconds(200);

    public string Name => "readers";

    public string Title => "Readers of one live turn, five chunks a second";

    public string[] Columns => ["readers", "chunks delivered/s", "CPU µs per delivered chunk", "first chunk p50", "first chunk p99", "turn p99"];

    public int[] Sizes => [1, 10, 100, 1_000, 10_000];

    public async Task<string[]?> MeasureAsync(Lab lab, Subject server, int size, TimeSpan left)
    {
        Measurement run = await lab.MeasureAsync(server, $"readers: {size}", (load, hooks) => load.FanOutAsync(
            new FanOutLoad { Readers = size, ChunksPerTurn = 10, ChunkDelay = s_chunkDelay, Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window, SetupLimit = left + TimeSpan.FromMinutes(1) },
            hooks,
            lab.CancellationToken));
        LoadResult result = run.Result;
        return [$"{size}", Figures.Count(result.ChunksPerSecond), Figures.Digits(run.CpuPerMillion), Figures.Time(result.FirstChunk.P50), Figures.Time(result.FirstChunk.P99), Figures.Time(result.Turn.P99)];
    }
}
