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
}
