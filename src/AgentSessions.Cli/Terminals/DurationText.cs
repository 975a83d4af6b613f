using System.Globalization;
using AgentSessions.Cli.Errors;

namespace AgentSessions.Cli.Terminals;

/// <summary>Durations as people write them: <c>250ms</c>, <c>10s</c>, <c>15m</c>, <c>1h</c>, <c>30d</c>.</summary>
internal static class DurationText
{
    private static readonly (string Unit, TimeSpan Length)[] _units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
    ];

    /// <exception cref="CliException">The text is no duration.</exception>
    public static TimeSpan Parse(string text)
    {
        foreach ((string unit, TimeSpan length) in _units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * length.TotalDays <= 10_000)
            {
                return length * count;
            }
        }

        throw new CliException(ExitCode.Usage, $"'{text}' is no duration; write it as 250ms, 10s, 15m, 1h or 30d");
    }

    /// <summary>A duration with three digits that matter.</summary>
    public static string Show(TimeSpan duration) => duration switch
    {
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.00} ms"),
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.00} s"),
    };
}
