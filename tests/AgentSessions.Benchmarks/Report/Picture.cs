using AgentSessions.Benchmarks.Table;

namespace AgentSessions.Benchmarks.Report;

/// <summary>Chunks per second and the slowest turns against the number of chats.</summary>
internal static class Picture
{
    private const double PanelWidth = 460;
    private const double PanelHeight = 340;

    public static string Draw(IReadOnlyList<Measurement> runs)
    {
        LineChart rate = new()
        {
            Title = "Unpaced: chunks per second",
            XLabel = "chats",
            YLabel = "chunks/s",
            Series = Series(runs, RunNames.UnpacedChats, run => run.Result.ChunksPerSecond),
            FormatY = Figures.Count,
        };
        LineChart turns = new()
        {
            Title = "50 chunks/s per chat: turn p99",
            XLabel = "chats",
            YLabel = "seconds",
            Series = Series(runs, RunNames.PacedChats, run => run.Result.Turn.P99.TotalSeconds),
            FormatY = Figures.Digits,
        };

        SvgWriter svg = new(PanelWidth * 2, PanelHeight);
        rate.Draw(svg, 0, 0, PanelWidth, PanelHeight);
        turns.Draw(svg, PanelWidth, 0, PanelWidth, PanelHeight);
        return svg.ToString();
    }

    /// <summary>One line per server; where a number of chats was run more than once, its last run.</summary>
    private static IReadOnlyList<ChartSeries> Series(IReadOnlyList<Measurement> runs, Func<string, int?> chats, Func<Measurement, double> value) =>
    [
        .. runs.Where(run => chats(run.Name) is not null)
            .GroupBy(run => run.Subject)
            .Select(group => new ChartSeries(
                group.Key,
                [.. group.GroupBy(run => chats(run.Name)!.Value).OrderBy(point => point.Key).Select(point => (X: (double)point.Key, Y: value(point.Last())))])),
    ];
}
