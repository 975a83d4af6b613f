using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Agents;

/// <summary>Reads single values of a section. A value that is not there leaves what was set.</summary>
internal static class ConfigurationValues
{
    /// <exception cref="InvalidOperationException">The value is unusable; the message names its key.</exception>
    public static void Duration(IConfigurationSection section, string key, Action<TimeSpan> apply) => Apply(
        section, key, "a duration such as 00:00:30", apply,
        static (string text, out TimeSpan value) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= TimeSpan.Zero);

    /// <inheritdoc cref="Duration"/>
    public static void Number(IConfigurationSection section, string key, Action<int> apply) => Apply(
        section, key, "a whole number above 0", apply,
        static (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0);

    /// <inheritdoc cref="Duration"/>
    public static void Count(IConfigurationSection section, string key, Action<long> apply) => Apply(
        section, key, "a whole number", apply,
        static (string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));

    /// <inheritdoc cref="Duration"/>
    public static void Money(IConfigurationSection section, string key, Action<decimal> apply) => Apply(
        section, key, "an amount of 0 or more, such as 2.50", apply,
        static (string text, out decimal value) => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value));

    /// <inheritdoc cref="Duration"/>
    public static void Switch(IConfigurationSection section, string key, Action<bool> apply) =>
        Apply(section, key, "true or false", apply, bool.TryParse);

    /// <inheritdoc cref="Duration"/>
    public static void Choice<TChoice>(IConfigurationSection section, string key, Action<TChoice> apply)
        where TChoice : struct, Enum => Apply(
        section, key, $"one of {string.Join(", ", Enum.GetNames<TChoice>())}", apply,
        static (string text, out TChoice value) => Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value));

    private delegate bool TextParser<T>(string text, out T value);

    private static void Apply<T>(IConfigurationSection section, string key, string expected, Action<T> apply, TextParser<T> parse)
    {
        if (section[key] is { } text)
        {
            apply(parse(text, out T value)
                ? value
                : throw new InvalidOperationException($"{section.Path}:{key} is '{text}'; it must be {expected}."));
        }
    }
}
