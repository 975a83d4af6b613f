namespace AgentSessions.Server.Settings;

/// <summary>Finds keys that nothing reads: a misspelt one would otherwise be ignored in silence.</summary>
internal static class UnknownSettings
{
    private const string Section = ServerOptions.Section;

    /// <summary>The unknown keys with the nearest known one, in the order of the configuration; never a value.</summary>
    public static IEnumerable<UnknownSetting> Find(IConfiguration configuration)
    {
        SettingsMap known = KnownSettings.Map();
        return configuration.GetChildren().SelectMany(child => InRoot(child, known))
            .Concat(Within(configuration.GetSection(Section), known, known));
    }

    /// <summary>A section that is nearly called ours, and an environment variable with one underscore where two make a colon.</summary>
    private static IEnumerable<UnknownSetting> InRoot(IConfigurationSection child, SettingsMap known)
    {
        if (child.Key.StartsWith($"{Section}_", StringComparison.OrdinalIgnoreCase)
            && PathOf(child.Key[(Section.Length + 1)..].Split('_', StringSplitOptions.RemoveEmptyEntries), known) is { } path)
        {
            yield return new UnknownSetting(child.Key, $"{Section}__{path.Replace(":", "__", StringComparison.Ordinal)}");
        }
        else if (!child.Key.Equals(Section, StringComparison.OrdinalIgnoreCase) && child.GetChildren().Any() && KeyDistance.IsNear(child.Key, Section))
        {
            yield return new UnknownSetting(child.Key, Section);
        }
    }

    private static IEnumerable<UnknownSetting> Within(IConfigurationSection section, SettingsMap here, SettingsMap root)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (here.Find(child.Key) is not { } map)
            {
                yield return new UnknownSetting(child.Path, Nearest(section.Path, child.Key, here, root));
            }
            else if (!map.IsOpen)
            {
                foreach (UnknownSetting unknown in Within(child, map, root))
                {
                    yield return unknown;
                }
            }
        }
    }

    /// <summary>A key beside it that is spelt nearly the same; failing that, the same key in another place.</summary>
    private static string? Nearest(string parent, string key, SettingsMap here, SettingsMap root) =>
        KeyDistance.Nearest(key, here.Names) is { } sibling ? $"{parent}:{sibling}"
        : Elsewhere(key, root) is { } path ? $"{Section}:{path}"
        : null;

    private static string? Elsewhere(string key, SettingsMap map) =>
        map.Names.FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase))
        ?? map.Names.Select(name => !map.Find(name)!.IsOpen && Elsewhere(key, map.Find(name)!) is { } below ? $"{name}:{below}" : null).FirstOrDefault(static path => path is not null);

    /// <summary>The path as it is written; null if it leads nowhere.</summary>
    private static string? PathOf(string[] keys, SettingsMap map)
    {
        var path = new List<string>();
        foreach (string key in keys)
        {
            if (map.IsOpen || map.Find(key) is not { } next)
            {
                return null;
            }

            path.Add(map.Names.FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase)) ?? key);
            map = next;
        }

        return path.Count > 0 ? string.Join(':', path) : null;
    }
}

/// <summary>A key that nothing reads.</summary>
/// <param name="Key">The key.</param>
/// <param name="Known">The known one that was probably meant; null if none is near.</param>
internal sealed record UnknownSetting(string Key, string? Known);
