using AgentSessions.Benchmarks.Report;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Measures the rows asked for, one after the other, and writes table and picture.</summary>
internal static class TableRun
{
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
        ([1], UnpacedRow.MeasureCurveAsync),

        // Last, since it lets go of the generator's core.
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
            if (rows.Any(options.Includes) && (!rows.Contains(9) || options.StartsClusters))
            {
                lines.AddRange(await TryAsync(rows[0], measure, lab, output));
                limit.Token.ThrowIfCancellationRequested();
            }
        }

        TableReport report = new([.. lines.OrderBy(line => line.Row)], lab.Measurements, Machine.Describe(options.Output));
        output.WriteLine();
        output.WriteLine(report.ToText());
        string picture = Picture.Draw(lab.Measurements);
        await File.WriteAllTextAsync(Path.Combine(options.Output, "performance.md"), report.ToMarkdown(), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(options.Output, "performance.svg"), picture, CancellationToken.None);
        output.WriteLine($"Written: {Path.Combine(options.Output, "performance.md")} and performance.svg");
        if (options.Publish is { } root)
        {
            await Publication.WriteAsync(root, report, picture);
            output.WriteLine($"Published in {root}");
        }

        return lab.Measurements.All(run => run.Result is { ErrorCount: 0, Order.None: true }) ? 0 : 1;
    }

    /// <summary>Measures a row; one that fails is a line that says so, and the others are measured all the same.</summary>
    private static async Task<IReadOnlyList<TableLine>> TryAsync(
        int row, Func<Lab, Task<IReadOnlyList<TableLine>>> measure, Lab lab, TextWriter output)
    {
        try
        {
            return await measure(lab);
        }
        catch (Exception exception) when (!lab.CancellationToken.IsCancellationRequested)
        {
            output.WriteLine($"Row {row} failed: {exception}");
            return [new TableLine(row, "could not be measured", "–", "–", "–", "–", false)];
        }
    }
}
