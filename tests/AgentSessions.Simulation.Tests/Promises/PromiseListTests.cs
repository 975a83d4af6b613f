using System.Text.RegularExpressions;

namespace AgentSessions.Simulation.Tests.Promises;

/// <summary>The list of promises names what proves each; a test that is renamed or removed must not leave a promise without proof.</summary>
public sealed partial class PromiseListTests
{
    [Fact]
    public void PromiseList_NamesTestsThatExist()
    {
        string root = Root();
        string list = File.ReadAllText(Path.Combine(root, "docs", "promises.md"));
        string tests = string.Concat(Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("node_modules", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "tests", "clients"), "*.mjs"))
            .Select(File.ReadAllText));
        string[] named = [.. Named().Matches(list).Select(static match => match.Groups[1].Value).Distinct()];

        Assert.True(named.Length > 100, $"Only {named.Length} tests are named.");
        string[] gone = [.. named.Where(name => !tests.Contains($" {name}(", StringComparison.Ordinal) && !tests.Contains($"test(\"{name}\"", StringComparison.Ordinal))];
        Assert.Empty(gone);
        string[] rows =
        [
            .. Enumerable.Range(1, 28).Select(static i => $"| R{i} |"), .. Enumerable.Range(1, 18).Select(static i => $"| S{i} |"),
            .. Enumerable.Range(1, 25).Select(static i => $"| {i} |"),
        ];
        string[] missing = [.. rows.Where(row => !list.Contains(row, StringComparison.Ordinal))];
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

    [GeneratedRegex("`([A-Za-z0-9]+_[A-Za-z0-9_]+|[a-z][a-z ]+ [a-z ]+)`")]
    private static partial Regex Named();
}
