using AgentSessions.Benchmarks.Table;
using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Report;

/// <summary>The table of goals and the runs behind it, for a terminal and as a document.</summary>
internal sealed class TableReport(IReadOnlyList<TableLine> lines, IReadOnlyList<Measurement> runs, string machine)
{
    private static readonly string[] s_columns = ["#", "metric", Lab.Ours, Lab.Bare, "ratio", "goal", ""];

    public string ToText() =>
        $"""
        {TextTable.Text(s_columns, Rows())}
        {Faults()}
        """;

    /// <summary>The table alone, as it stands in the README.</summary>
    public string ToSection() =>
        $"""
        {machine}

        {TextTable.Markdown(s_columns, Rows())}
        {Faults()}

        ![chunks/s and turn p99 against the number of chats](docs/images/performance.svg)
        """;

    public string ToMarkdown() =>
        $"""
        {machine}

        {TextTable.Markdown(s_columns, Rows())}
        {Faults()}

        ## Runs

        {TextTable.Markdown(RunsTable.Columns, [.. runs.Select(RunsTable.Cells)])}
        """;

    private string[][] Rows() =>
    [
        .. lines.Select(line => new[]
        {
            $"{line.Row}", line.Metric, line.Ours, line.Bare, line.Ratio, line.Goal,
            line.Reached switch { true => "reached", false => "missed", null => "" },
        }),
    ];

    private string Faults()
    {
        Measurement[] ours = [.. runs.Where(run => run.Subject == Lab.Ours)];
        OrderFaults order = ours.Aggregate(default(OrderFaults), (sum, run) => sum + run.Result.Order);
        return $"{Figures.Count(ours.Sum(run => run.Result.TotalChunks))} chunks checked on {Lab.Ours}: "
            + $"{order.Lost} lost, {order.Repeated} repeated, {order.Reordered} reordered, {ours.Sum(run => run.Result.ErrorCount)} errors.";
    }
}
