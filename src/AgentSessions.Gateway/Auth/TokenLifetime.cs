using System.Globalization;

namespace AgentSessions.Gateway.Auth;

/// <summary>Reads durations as clients write them: <c>15m</c>, <c>1h</c>, <c>2 days</c>.</summary>
internal static class TokenLifetime
{
    // No unit below is longer than a year, so this bounds the product too.
    private const int MaxLength = 32;

    /// <summary>The duration, or null if the text is none. It may be zero.</summary>
    public static TimeSpan? Parse(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim(' ');
        int digits = rest.IndexOfAnyExcept("0123456789.");
        if (text.Length > MaxLength || digits <= 0
            || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount))
        {
            return null;
        }

        double? seconds = amount * Unit(rest[digits..].TrimStart(' ').ToString().ToLowerInvariant());
        return seconds is double value && value < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(value) : null;
    }

    private static double? Unit(string name) => name switch
    {
        "s" or "sec" or "secs" or "second" or "seconds" => 1,
        "m" or "min" or "mins" or "minute" or "minutes" => 60,
        "h" or "hr" or "hrs" or "hour" or "hours" => 3600,
        "d" or "day" or "days" => 86400,
        "w" or "week" or "weeks" => 7 * 86400,
        "y" or "yr" or "yrs" or "year" or "years" => 365.25 * 86400,
        _ => null,
    };
}
