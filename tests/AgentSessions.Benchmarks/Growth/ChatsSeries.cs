using AgentSessions.Benchmarks.Table;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>More chats at once, unpaced.</summary>
internal sealed class ChatsSeries : IGrowthSeries
{
    public string Name => "chats";

    public string Title => "Chats at once, unpaced turns of 200 chunks";

    public string[] Columns => ["chats", "chunks/s", "CPU-s per million", "turn p50", "turn p99", "first chunk p99"];

    public int[] Sizes => [1, 10, 100, 1_000, 10_000];

    public async Task<string[]?> MeasureAsync(Lab lab, Subject server, int size, TimeSpan left)
    {
        Measurement run = await lab.MeasureAsync(server, RunNames.Unpaced(size), (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = size, Warmup = lab.Scale.Warmup, Duration = lab.Scale.Window, SetupLimit = left + TimeSpan.FromMinutes(1) }, hooks, lab.CancellationToken));
        LoadResult result = run.Result;
        return [$"{size}", Figures.Count(result.ChunksPerSecond), Figures.Digits(run.CpuPerMillion), Figures.Time(result.Turn.P50), Figures.Time(result.Turn.P99), Figures.Time(result.FirstChunk.P99)];
    }
}
