using System.Globalization;
using AgentSessions.Benchmarks.Report;

namespace AgentSessions.Benchmarks.Sizing;

/// <summary>What sizes past this machine take, from the cost of one thing (docs/scale.md).</summary>
internal static class SizingRun
{
    private static readonly TimeSpan s_mostDelay = TimeSpan.FromMilliseconds(200);

    private static readonly (double Stored, double Live)[] s_sizes = [(1e6, 1e3), (1e6, 1e4), (1e7, 1e4), (1e7, 1e5), (1e8, 1e5), (1e8, 1e6)];

    public static int Run(TextWriter output)
    {
        SizingConstants constants = new();
        int[] turns = [100, 500, 1_000, 2_000, 4_000, 8_000];
        output.WriteLine(TextTable.Markdown(
            ["live turns on one partition", "appends/s", "chunks per append", "durable after p50", "p99"],
            [.. turns.Select(count => Row(count, PartitionSimulation.Run(count, constants)))]));
        int most = PartitionSimulation.Most(s_mostDelay, constants);
        output.WriteLine($"\nA partition keeps p99 within {s_mostDelay.TotalMilliseconds} ms up to {Count(most)} live turns; {Count(most * constants.Load)} are planned.\n");
        output.WriteLine(TextTable.Markdown(
            ["stored sessions", "live turns", "chunks/s", "cores", "silos", "memory for live and idle", "partitions", "database writes", "database size", "to readers"],
            [.. s_sizes.Select(size => Row(size.Stored, size.Live, most, constants))]));
        return 0;
    }

    private static string[] Row(int turns, PartitionSimulation.Outcome outcome) =>
    [
        Count(turns), Count(outcome.AppendsPerSecond), outcome.ChunksPerAppend.ToString("0.0", CultureInfo.InvariantCulture),
        $"{Count(outcome.P50)} ms", $"{Count(outcome.P99)} ms",
    ];

    private static string[] Row(double stored, double live, int turnsPerPartition, SizingConstants constants)
    {
        double chunks = live * constants.ChunksPerSecond;
        double started = live / constants.SecondsPerTurn;
        double cores = ((chunks / 1e6 * constants.CpuSecondsPerMillionChunks) + (started * constants.CpuMillisecondsPerTurn / 1e3)) / constants.Load;

        // Every turn that ends leaves a session that idles until it is deactivated.
        double gigabytes = ((live * constants.LiveTurnKilobytes) + (started * constants.IdleSeconds * constants.IdleSessionKilobytes)) / 1e6;
        double silos = Math.Max(3, Math.Max(Math.Ceiling(cores / constants.SiloCores), Math.Ceiling(gigabytes / constants.SiloGigabytes / constants.Load)) + 1);
        return
        [
            Count(stored), Count(live), Count(chunks), Count(Math.Ceiling(cores)), Count(silos), $"{Count(Math.Ceiling(gigabytes))} GB",
            Count(Math.Ceiling(live / (turnsPerPartition * constants.Load))), $"{Count(chunks * constants.DatabaseBytesPerChunk / 1e6)} MB/s",
            $"{Count(stored * constants.StoredSessionKilobytes / 1e6)} GB", $"{Count(chunks * constants.WireBytesPerChunk * 8 / 1e6)} Mbit/s",
        ];
    }

    private static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
