using AgentSessions.Benchmarks.Report;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Measures the rows asked for, one after the other, and writes table and picture.</summary>
internal static class TableRun
{
    private const string TableName = "performance-table.md";
    private const string PictureName = "performance.svg";

    private static readonly (int[] Rows, Func<Lab, Task<IReadOnlyList<TableLine>>> Measure)[] s_rows =
    [
        ([1, 2], UnpacedRow.MeasureAsync),

        // Behind the heaviest load: one chat alone would not bring the server's code to its final form.
        ([5], FirstChunkRow.MeasureAsync),
        ([3], PacedRow.MeasureSteadyAsync),
        ([4], PacedRow.MeasureHeldAsync),
        ([6], ReplayRow.MeasureAsync),
        ([10], FanOutRow.MeasureAsync),
        ([7], MemoryRow.MeasureAsync),
        ([8], DiskRow.MeasureAsync),
        ([9], ClusterRow.MeasureAsync),
    ];

    /// <returns>The exit code: zero when everything ran and no record was lost, repeated or reordered.</returns>
    public static async Task<int> RunAsync(TableOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Output);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Scale.TimeLimit);

        List<TableLine> lines = [];
        await using Lab lab = new(options, output, limit.Token);
        output.WriteLine(Machine.Describe(options.Output));
        output.WriteLine(RunsTable.Header);
        foreach ((int[] rows, Func<Lab, Task<IReadOnlyList<TableLine>>> measure) in s_rows)
        {
            if (rows.Any(options.Includes) && (!rows.Contains(9) || options.Cluster.Count > 0))
            {
                lines.AddRange(await measure(lab));
                limit.Token.ThrowIfCancellationRequested();
            }
        }

        if (options.Includes(1))
        {
            await UnpacedRow.MeasureCurveAsync(lab);
        }

        TableReport report = new([.. lines.OrderBy(line => line.Row)], lab.Measurements, Machine.Describe(options.Output));
        output.WriteLine();
        output.WriteLine(report.ToText());
        foreach (string folder in options.Publish is { } publish ? (string[])[options.Output, publish] : [options.Output])
        {
            await File.WriteAllTextAsync(Path.Combine(folder, TableName), report.ToMarkdown(), CancellationToken.None);
            await File.WriteAllTextAsync(Path.Combine(folder, PictureName), Picture.Draw(lab.Measurements), CancellationToken.None);
            output.WriteLine($"Written: {Path.Combine(folder, TableName)} and {PictureName}");
        }

        return lab.Measurements.All(run => run.Result is { ErrorCount: 0, Order.None: true }) ? 0 : 1;
    }
}
