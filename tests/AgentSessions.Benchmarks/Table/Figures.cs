using System.Globalization;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Figures as people read them: three significant digits and a unit.</summary>
internal static class Figures
{
    public static string Count(double value) => value switch
    {
        double.NaN => "–",
        >= 1e6 => Digits(value / 1e6) + "M",
        >= 1e4 => Digits(value / 1e3) + "k",
        _ => Digits(value),
    };

    public static string Time(TimeSpan value) => value switch
    {
        { Ticks: 0 } => "–",
        { TotalSeconds: >= 1 } => Digits(value.TotalSeconds) + " s",
        _ => Digits(value.TotalMilliseconds) + " ms",
    };

    public static string Bytes(double value) => value switch
    {
        double.NaN => "–",
        >= 1e6 => Digits(value / 1e6) + " MB",
        >= 1e3 => Digits(value / 1e3) + " kB",
        _ => Digits(value) + " B",
    };

    public static string Ratio(double value) => double.IsFinite(value) ? Digits(value) + " ×" : "–";

    public static string Percent(double value) => double.IsFinite(value) ? (value * 100).ToString("0", CultureInfo.InvariantCulture) + " %" : "–";

    public static string Digits(double value) => double.IsFinite(value)
        ? value.ToString(Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture)
        : "–";
}
