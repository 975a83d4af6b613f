using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using AgentSessions.Agents;
using AgentSessions.Models.Calls;
using AgentSessions.Models.Mcp;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>
/// What the pages' tables give as a setting's default is what the options begin with. Cells that are no value (<c>none</c>, <c>as above</c>) are left out,
/// and so are keys that are read one by one and stand in no options.
/// </summary>
public sealed partial class DescribedDefaultTests
{
    private static readonly Dictionary<string, double> _units = new(StringComparer.Ordinal)
    {
        ["ms"] = 0.001,
        ["s"] = 1,
        ["min"] = 60,
        ["h"] = 3600,
        ["d"] = 86400,
        ["KiB"] = 1 << 10,
        ["MiB"] = 1 << 20,
        ["GiB"] = 1 << 30,
    };

    [Fact]
    public void EveryDefaultInATable_IsTheRealOne()
    {
        Dictionary<string, object?> defaults = RealDefaults();
        (string Page, string Key, string Text)[] described =
            [.. Pages().SelectMany(page => Rows(File.ReadAllLines(page)).Select(row => (Path.GetFileName(page), row.Key, row.Text)))];

        string[] wrong =
        [
            .. described.Where(row => defaults.TryGetValue(row.Key, out object? real) && !Says(row.Text, real))
                .Select(row => $"{row.Page}: {row.Key} is {defaults[row.Key]}, not {row.Text}"),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        string[] compared = [.. described.Where(row => defaults.ContainsKey(row.Key)).Select(static row => row.Key).Distinct()];
        Assert.True(compared.Length > 80, $"Only {compared.Length} defaults were compared.");
    }

    [Theory]
    [InlineData("00:00:05", "00:00:05", true)]
    [InlineData("15 min", "00:15:00", true)]
    [InlineData("6 s", "00:00:05", false)]
    [InlineData("none", "00:00:05", true)]
    public void Texts_AreCompared(string text, string real, bool same) => Assert.Equal(same, Says(text, TimeSpan.Parse(real, CultureInfo.InvariantCulture)));

    private static string[] Pages() =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories),
        Path.Combine(Repository.Root, "README.md"),
        Path.Combine(Repository.Root, "deploy", "README.md"),
    ];

    private static Dictionary<string, object?> RealDefaults()
    {
        var defaults = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "AgentSessions.*.dll").Where(static file => !Path.GetFileName(file).Contains("Tests", StringComparison.Ordinal)))
        {
            foreach (Type type in Assembly.LoadFrom(file).GetTypes().Where(static type => type.Name.EndsWith("Options", StringComparison.Ordinal)))
            {
                if (type.GetField("Section")?.GetRawConstantValue() is string section && type.GetConstructor(Type.EmptyTypes) is not null)
                {
                    Add(defaults, section, Activator.CreateInstance(type)!);
                }
            }
        }

        Add(defaults, "AgentSessions:Agents:{name}", new AgentOptions());
        Add(defaults, "Models", new ModelCallOptions());
        Add(defaults, "Models", new ModelRetryOptions());
        Add(defaults, "Mcp", new McpServerOptions());
        return defaults;
    }

    private static void Add(Dictionary<string, object?> defaults, string section, object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties().Where(static property => property.GetIndexParameters().Length == 0 && property.CanWrite))
        {
            defaults.TryAdd($"{section}:{property.Name}", property.GetValue(options));
        }
    }

    /// <summary>Keys and the text of their defaults in a page's tables, and where a page gives a value right behind a name.</summary>
    private static IEnumerable<(string Key, string Text)> Rows(string[] lines)
    {
        string? prefix = null;
        foreach (string line in lines)
        {
            string[] cells = line.StartsWith('|') ? line.TrimEnd()[1..^1].Split('|', StringSplitOptions.TrimEntries) : [];
            foreach (Match pair in NamedValue().Matches(cells is [_, _] ? line : ""))
            {
                yield return ($"{(cells[0].EndsWith(":…`", StringComparison.Ordinal) ? "Models" : "Mcp")}:{pair.Groups["name"].Value}", pair.Groups["value"].Value);
            }

            if (cells.Length < 3)
            {
                prefix = null;
            }
            else if (cells.All(static cell => cell.All(static sign => sign == '-')))
            {
                continue;
            }
            else if (prefix is null)
            {
                prefix = cells[1] != "default" ? "-"
                    : cells[0] == "option" ? "AgentSessions:Agents:{name}"
                    : Code().Match(cells[0]) is { Success: true } under ? under.Groups["text"].Value
                    : "AgentSessions";
            }
            else if (prefix != "-")
            {
                foreach ((string, string) row in Row(prefix, cells[0], cells[1]))
                {
                    yield return row;
                }
            }
        }
    }

    /// <summary>A row may name several keys of one place, and then gives one default for all or one for each.</summary>
    private static IEnumerable<(string Key, string Text)> Row(string prefix, string keys, string texts)
    {
        string[] names = [.. Code().Matches(keys).Select(static match => match.Groups["text"].Value)];
        string[] values = Comma().Split(texts);
        string place = prefix;
        for (int i = 0; i < names.Length; i++)
        {
            string name = names[i].TrimStart(':');
            string key = name.StartsWith("AgentSessions:", StringComparison.Ordinal) ? name : $"{place}:{name}";
            place = key[..key.LastIndexOf(':')];
            yield return (key, values.Length == names.Length ? values[i] : values.Length == 1 ? texts : "");
        }
    }

    /// <summary>Whether a text gives this value, or none that could be compared with it.</summary>
    private static bool Says(string text, object? real)
    {
        text = text.Trim('`', ' ');
        return real switch
        {
            TimeSpan time => SecondsOf(text) is not { } seconds || seconds == time.TotalSeconds,
            int or long or decimal => NumberOf(text) is not { } number || number == Convert.ToDouble(real, CultureInfo.InvariantCulture),
            bool on => !bool.TryParse(text, out bool said) || said == on,
            Enum choice => !Enum.TryParse(choice.GetType(), text, out object? said) || said.Equals(choice),
            null or "" => SecondsOf(text) is null && NumberOf(text) is null && !bool.TryParse(text, out _),
            string word => !Word().IsMatch(text) || text == word,
            _ => true,
        };
    }

    private static double? SecondsOf(string text) =>
        text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) ? time.TotalSeconds : NumberOf(text);

    private static double? NumberOf(string text) =>
        Quantity().Match(text) is { Success: true } quantity
            ? double.Parse(quantity.Groups["number"].Value, NumberStyles.Number, CultureInfo.InvariantCulture) * _units.GetValueOrDefault(quantity.Groups["unit"].Value, 1)
            : null;

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(", (?=[^ ])")]
    private static partial Regex Comma();

    [GeneratedRegex(@"^[\w-]+$")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(?<number>\d[\d,]*(\.\d+)?)( (?<unit>ms|s|min|h|d|KiB|MiB|GiB))?$")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"`(?<name>[A-Z]\w+)` (?<value>\d[\d,.]*\d? ?(ms|s|min|h|d|KiB|MiB)?)(?=[,;. |])")]
    private static partial Regex NamedValue();
}
