using System.Text.RegularExpressions;
using AgentSessions.Server.Settings;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>An operator reads the pages, not the code: a key that no page names might as well not be there.</summary>
public sealed partial class DescribedSettingTests
{
    private const string AnyName = "{name}";

    [Fact]
    public void EveryKnownKey_StandsInAPage()
    {
        string[] chapters = [.. Pages().SelectMany(static page => Heading().Split(File.ReadAllText(page))).Select(CodeOf)];
        string[] keys = [.. Keys(KnownSettings.Map(), [])];

        Assert.True(keys.Length > 100, $"Only {keys.Length} keys were found.");
        string[] missing = [.. keys.Where(key => !chapters.Any(chapter => Describes(chapter, key.Split(':'))))];
        Assert.True(missing.Length == 0, $"No page names {string.Join(", ", missing)}.");
    }

    /// <summary>The pages that describe settings. The list of promises only tells which were proven.</summary>
    private static IEnumerable<string> Pages() =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Where(static page => Path.GetFileName(page) != "promises.md"),
        Path.Combine(Repository.Root, "README.md"),
        Path.Combine(Repository.Root, "deploy", "README.md"),
    ];

    private static string CodeOf(string chapter) => string.Join('\n', Code().Matches(chapter).Select(static code => code.Value));

    /// <summary>Paths below <c>AgentSessions</c> that hold a value, a list of values, or what is not looked into.</summary>
    private static IEnumerable<string> Keys(SettingsMap map, string[] path)
    {
        SettingsMap? each = map.IsOpen ? null : map.Find(AnyName);
        if (!map.Names.Any() && (each is null || IsValue(each)))
        {
            return [string.Join(':', path)];
        }

        IEnumerable<string> named = map.Names.SelectMany(name => Keys(map.Find(name)!, [.. path, name]));
        return each is null ? named : named.Concat(Keys(each, [.. path, AnyName]));
    }

    private static bool IsValue(SettingsMap map) => !map.IsOpen && !map.Names.Any() && map.Find(AnyName) is null;

    /// <summary>Whether a chapter's code has the key's name beside the place that it belongs to: tables do not repeat the whole path in each row.</summary>
    private static bool Describes(string code, string[] path)
    {
        string place = path.Length == 1 ? "AgentSessions:" : path[0];
        string name = path.Last(static part => part != AnyName);
        return Regex.IsMatch(code, $@"\b{place}") && Regex.IsMatch(code, $@"\b{name}\b");
    }

    [GeneratedRegex("^(?=##+ )", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```|`[^`\n]+`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
