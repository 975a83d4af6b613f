using System.Globalization;

namespace AgentSessions.Benchmarks.Report;

/// <summary>One line of a chart.</summary>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart with both axes logarithmic, since what it shows spans several powers of ten.</summary>
internal sealed class LineChart
{
    private const double Left = 64, Right = 20, Top = 56, Bottom = 48;

    // Legible on white and on dark, and apart for the colour-blind.
    private static readonly string[] s_colors = ["#d1495b", "#00798c", "#edae49", "#66a182"];

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    public required IReadOnlyList<ChartSeries> Series { get; init; }

    public required Func<double, string> FormatY { get; init; }

    public void Draw(SvgWriter svg, double x, double y, double width, double height)
    {
        svg.Text(x + (width / 2), y + 20, Title, "middle", 15, bold: true);
        (double X, double Y)[] points = [.. Series.SelectMany(series => series.Points).Where(point => point is { X: > 0, Y: > 0 })];
        if (points.Length == 0)
        {
            svg.Text(x + (width / 2), y + (height / 2), "not measured", "middle", 13);
            return;
        }

        LogAxis across = new(points.Min(point => point.X), points.Max(point => point.X), x + Left, x + width - Right);
        LogAxis up = new(points.Min(point => point.Y), points.Max(point => point.Y), y + height - Bottom, y + Top);
        DrawGrid(svg, across, up);
        svg.Text((across.From + across.To) / 2, y + height - 8, XLabel, "middle", 12);
        svg.Text(x + 8, y + Top - 10, YLabel, "start", 12);
        for (int index = 0; index < Series.Count; index++)
        {
            DrawSeries(svg, across, up, Series[index], s_colors[index % s_colors.Length], x + Left + 90 + (index * 140), y + Top - 14);
        }
    }

    private void DrawGrid(SvgWriter svg, LogAxis across, LogAxis up)
    {
        foreach (double tick in across.Ticks())
        {
            svg.Line(across.At(tick), up.From, across.At(tick), up.To, "#8884", 1);
            svg.Text(across.At(tick), up.From + 16, tick.ToString("#,0.##", CultureInfo.InvariantCulture), "middle", 11);
        }

        foreach (double tick in up.Ticks())
        {
            svg.Line(across.From, up.At(tick), across.To, up.At(tick), "#8884", 1);
            svg.Text(across.From - 6, up.At(tick) + 4, FormatY(tick), "end", 11);
        }
    }

    private static void DrawSeries(SvgWriter svg, LogAxis across, LogAxis up, ChartSeries series, string color, double legendX, double legendY)
    {
        (double X, double Y)[] points = [.. series.Points.Where(point => point is { X: > 0, Y: > 0 }).Select(point => (across.At(point.X), up.At(point.Y)))];
        svg.Polyline(points, color);
        foreach ((double px, double py) in points)
        {
            svg.Circle(px, py, 3, color);
        }

        svg.Circle(legendX, legendY, 4, color);
        svg.Text(legendX + 8, legendY + 4, series.Name, "start", 12);
    }
}
