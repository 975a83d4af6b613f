using System.Diagnostics;
using System.Globalization;

namespace AgentSessions.TestServer;

/// <summary>Environment variables that lengthen a test or repeat one.</summary>
internal static class TestSetting
{
    /// <summary>The number that a variable holds, or the standard where it is not set.</summary>
    /// <exception cref="FormatException">It holds no whole number: the short form must not pass for the long one.</exception>
    public static int Number(string variable, int standard) => Find(variable) ?? standard;

    /// <summary>The number that a variable holds; null where it is not set.</summary>
    /// <exception cref="FormatException">It holds no whole number.</exception>
    public static int? Find(string variable) =>
        Environment.GetEnvironmentVariable(variable) is not { } set ? null
        : int.TryParse(set, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
        : throw new FormatException($"{variable} must be a whole number, not '{set}'.");

    /// <summary>Counts from 1 to the number that a variable holds, or to the standard; ends sooner when LONG_MINUTES have passed, so that a long form fits the time there is.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="standard">How often where it is not set.</param>
    /// <exception cref="FormatException">One of the two holds no whole number.</exception>
    public static IEnumerable<int> Rounds(string variable, int standard)
    {
        int rounds = Number(variable, standard);
        TimeSpan? limit = Find("LONG_MINUTES") is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
        return Count(rounds, limit);
    }

    private static IEnumerable<int> Count(int rounds, TimeSpan? limit)
    {
        var clock = Stopwatch.StartNew();
        for (int round = 1; round <= rounds && !(clock.Elapsed >= limit); round++)
        {
            yield return round;
        }
    }
}
