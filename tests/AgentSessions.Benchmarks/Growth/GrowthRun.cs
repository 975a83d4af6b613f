using System.Diagnostics;
using AgentSessions.Benchmarks.Report;
using AgentSessions.Benchmarks.Table;

namespace AgentSessions.Benchmarks.Growth;

/// <summary>Measures how cost grows with one size at a time, each series on a server of its own.</summary>
internal static class GrowthRun
{
    private static readonly IGrowthSeries[] s_series = [new ChatsSeries(), new HistorySeries(), new ReadersSeries(), new StoredSeries()];

    /// <returns>The exit code: zero when every series ran and no record was lost, repeated or reordered.</returns>
    public static async Task<int> RunAsync(GrowthOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Table.Output);
        string machine = Machine.Describe(options.Table.Output);
        output.WriteLine(machine);
        List<string> document = [machine];
        bool clean = true;
        foreach (IGrowthSeries series in s_series.Where(series => options.Series.Count == 0 || options.Series.Contains(series.Name)))
        {
            await using Lab lab = new(options.Table, TextWriter.Null, cancellationToken);
            List<string[]> rows = await MeasureAsync(series, lab, options, cancellationToken);
            output.WriteLine($"\n{series.Title}\n\n{TextTable.Text(series.Columns, rows)}");
            document.Add($"\n## {series.Title}\n\n{TextTable.Markdown(series.Columns, rows)}");
            clean &= lab.Measurements.All(run => run.Result is { ErrorCount: 0, Order.None: true });
        }

        await File.WriteAllLinesAsync(Path.Combine(options.Table.Output, "growth.md"), document, CancellationToken.None);
        return clean ? 0 : 1;
    }

    private static async Task<List<string[]>> MeasureAsync(IGrowthSeries series, Lab lab, GrowthOptions options, CancellationToken cancellationToken)
    {
        List<string[]> rows = [];
        await using Subject server = await lab.StartOursAsync();
        await lab.WarmUpAsync(server);
        long started = Stopwatch.GetTimestamp();
        foreach (int size in options.Steps(series.Sizes))
        {
            TimeSpan left = options.SeriesLimit - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            if (await series.MeasureAsync(lab, server, size, left) is not { } row)
            {
                break;
            }

            rows.Add(row);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return rows;
    }
}
