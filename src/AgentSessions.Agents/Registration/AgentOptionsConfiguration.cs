using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AgentSessions.Agents;

/// <summary>Reads an agent's options from its configuration section.</summary>
internal static class AgentOptionsConfiguration
{
    /// <exception cref="InvalidOperationException">A value is unusable; the message names its key.</exception>
    public static void Apply(IConfigurationSection section, AgentOptions options)
    {
        Duration(section, nameof(options.IdleTimeout), value => options.IdleTimeout = value);
        Duration(section, nameof(options.TurnTimeout), value => options.TurnTimeout = value);
        Duration(section, nameof(options.PreloadIdleTimeout), value => options.PreloadIdleTimeout = value);
        Duration(section, nameof(options.PreloadTurnTimeout), value => options.PreloadTurnTimeout = value);
        Duration(section, nameof(options.MaxDuration), value => options.MaxDuration = value);
        Duration(section, nameof(options.StopGrace), value => options.StopGrace = value);
        Number(section, nameof(options.MaxTurns), value => options.MaxTurns = value);
        Number(section, nameof(options.MaxSteps), value => options.MaxSteps = value);
        if (section[nameof(options.ExitAfterPreloadIdle)] is { } exit)
        {
            options.ExitAfterPreloadIdle = bool.TryParse(exit, out bool parsed)
                ? parsed
                : throw Unusable(section, nameof(options.ExitAfterPreloadIdle), exit, "true or false");
        }

        options.Version = section[nameof(options.Version)] ?? options.Version;
    }

    private static void Duration(IConfigurationSection section, string key, Action<TimeSpan> apply)
    {
        if (section[key] is { } text)
        {
            apply(TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) && value >= TimeSpan.Zero
                ? value
                : throw Unusable(section, key, text, "a duration such as 00:00:30"));
        }
    }

    private static void Number(IConfigurationSection section, string key, Action<int> apply)
    {
        if (section[key] is { } text)
        {
            apply(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
                ? value
                : throw Unusable(section, key, text, "a whole number above 0"));
        }
    }

    private static InvalidOperationException Unusable(IConfigurationSection section, string key, string value, string expected) =>
        new($"{section.Path}:{key} is '{value}'; it must be {expected}.");
}
