using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 8: what a chunk leaves on disk once turns are trimmed, on a data directory of its own.</summary>
internal static class DiskRow
{
    private const int Chats = 100;
    private const double GoalBytes = 80;

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        await using Subject ours = await lab.StartOursAsync();
        long before = ours.DiskBytes;
        Measurement run = await lab.MeasureAsync(ours, "turns for the disk", (load, hooks) => load.TakeTurnsAsync(
            new TurnLoad { Sessions = Chats, ChunksPerTurn = lab.Scale.UnpacedChunks, Duration = lab.Scale.Window }, hooks, lab.CancellationToken));
        long after = await ours.RestingDiskBytesAsync(lab.Scale.SettleTime, lab.CancellationToken);
        double perChunk = (double)(after - before) / run.Result.TotalChunks;
        return [new TableLine(8, $"disk per 20-byte chunk after trimming, {Figures.Count(run.Result.TotalChunks)} chunks", Figures.Bytes(perChunk), "–", "–", $"≤ {GoalBytes} B", perChunk <= GoalBytes)];
    }
}
