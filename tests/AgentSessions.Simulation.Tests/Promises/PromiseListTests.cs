using System.Text.RegularExpressions;

namespace AgentSessions.Simulation.Tests.Promises;

/// <summary>The list of promises names what proves each; a test that is renamed or removed must not leave a promise without proof.</summary>
public sealed partial class PromiseListTests
{
    private static readonly string _root = Root();
    private static readonly string _list = File.ReadAllText(Path.Combine(_root, "docs", "promises.md"));
    private static readonly string[] _quoted = [.. Quoted().Matches(_list).Select(static match => match.Groups[1].Value).Distinct()];
    private static readonly string _tests = string.Concat(Directory.EnumerateFiles(Path.Combine(_root, "tests"), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !file.Contains("node_modules", StringComparison.Ordinal))
        .Concat(Directory.EnumerateFiles(Path.Combine(_root, "tests", "clients"), "*.mjs"))
        .Select(File.ReadAllText));

    [Fact]
    public void PromiseList_NamesTestsThatExist()
    {
        // Tests in C# are named by methods, those of the published clients by sentences.
        string[] named = [.. _quoted.Where(static text => Method().IsMatch(text) || (Sentence().IsMatch(text) && !Command().IsMatch(text)))];

        Assert.True(named.Length > 100, $"Only {named.Length} tests are named.");
        Assert.Contains(named, Sentence().IsMatch);
        string[] gone =
        [
            .. named.Where(static name => !_tests.Contains($" {name}(", StringComparison.Ordinal) && !_tests.Contains($"test(\"{name}\"", StringComparison.Ordinal)),
        ];
        Assert.Empty(gone);
    }

    [Fact]
    public void PromiseList_NamesSettingsAndFiltersOfLongFormsThatExist()
    {
        string[] commands = [.. _quoted.Where(static text => Command().IsMatch(text))];
        string[] settings = [.. commands.SelectMany(static text => Setting().Matches(text)).Select(static match => match.Groups[1].Value)
            .Concat(_quoted.Where(static text => BareSetting().IsMatch(text))).Distinct()];
        string[] filters = [.. commands.SelectMany(static text => Filter().Matches(text)).Select(static match => match.Groups[1].Value).Distinct()];

        Assert.NotEmpty(settings);
        Assert.NotEmpty(filters);
        string[] gone =
        [
            .. settings.Where(static name => !_tests.Contains($"\"{name}\"", StringComparison.Ordinal)),
            .. filters.Where(static part => !Regex.IsMatch(_tests, $@"\b(class|void|Task) \w*{part}")),
        ];
        Assert.Empty(gone);
    }

    [Fact]
    public void PromiseList_HasARowForEachPromise()
    {
        string[] rows =
        [
            .. Enumerable.Range(1, 28).Select(static i => $"| R{i} |"), .. Enumerable.Range(1, 18).Select(static i => $"| S{i} |"),
            .. Enumerable.Range(1, 25).Select(static i => $"| {i} |"),
        ];
        string[] missing = [.. rows.Where(static row => !_list.Contains(row, StringComparison.Ordinal))];
        Assert.Empty(missing);
    }

    private static string Root()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "AgentSessions.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("The tests do not run from a checkout.");
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^(?=.*[a-z])[A-Za-z0-9]+_[A-Za-z0-9_]+$")]
    private static partial Regex Method();

    [GeneratedRegex("^[a-z].* ")]
    private static partial Regex Sentence();

    [GeneratedRegex("^(dotnet |bash |[A-Z0-9_]+=)")]
    private static partial Regex Command();

    [GeneratedRegex("([A-Z0-9_]+)=")]
    private static partial Regex Setting();

    [GeneratedRegex("^[A-Z0-9]+_[A-Z0-9_]+$")]
    private static partial Regex BareSetting();

    [GeneratedRegex(@"--filter (\w+)")]
    private static partial Regex Filter();
}
