using AgentSessions.Benchmarks.Report;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Every run in one line: what the table's figures were taken from.</summary>
internal static class RunsTable
{
    public static readonly string[] Columns =
        ["run", "server", "chunks/s", "turns", "turn p50", "turn p99", "first p50", "first p99", "append p50", "append p99", "server", "generator", "lost", "repeated", "reordered", "errors"];

    private static readonly int[] s_widths = [36, 13, 8, 7, 8, 8, 9, 9, 10, 10, 7, 9, 5, 8, 9, 6];

    public static string Header => TextTable.Row(Columns, s_widths);

    public static string Line(Measurement run) => TextTable.Row(Cells(run), s_widths);

    public static string[] Cells(Measurement run)
    {
        LoadResult result = run.Result;
        string errors = string.Join(", ", result.Errors.Select(error => $"{error.Value} {error.Key}"));
        return
        [
            run.Name, run.Subject, Figures.Count(result.ChunksPerSecond), $"{result.Turns}",
            Figures.Time(result.Turn.P50), Figures.Time(result.Turn.P99),
            Figures.Time(result.FirstChunk.P50), Figures.Time(result.FirstChunk.P99),
            Figures.Time(result.Append.P50), Figures.Time(result.Append.P99),
            Figures.Percent(run.ServerLoad), Figures.Percent(run.GeneratorLoad),
            $"{result.Order.Lost}", $"{result.Order.Repeated}", $"{result.Order.Reordered}", errors.Length == 0 ? "0" : errors,
        ];
    }
}
