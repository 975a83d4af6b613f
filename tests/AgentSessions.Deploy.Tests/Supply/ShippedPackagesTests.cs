using System.Text.Json;
using System.Text.RegularExpressions;
using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Supply;

/// <summary>Every package that the server ships is listed in <c>deploy/packages.txt</c> with its version and licence: a new one is noticed in review.</summary>
public sealed partial class ShippedPackagesTests
{
    private static readonly string[] _licences = ["MIT", "Apache-2.0", "PostgreSQL"];

    private static readonly Dictionary<string, (string Version, string Licence)> _listed = File
        .ReadLines(Path.Combine(Repository.Root, "deploy", "packages.txt"))
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(static fields => fields[0], static fields => (fields[1], fields[2]));

    [Fact]
    public void Packages_ThatShip_AreListed()
    {
        (string Name, string Version)[] shipped = [.. Shipped()];
        Assert.NotEmpty(shipped);

        // Orleans brings a graph of its own, which differs by where it comes from.
        bool hasCluster = shipped.Any(static package => package.Name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal));
        string[] unlisted = hasCluster ? [] : [.. shipped.Where(package => !IsListed(package.Name, package.Version)).Select(static package => $"{package.Name} {package.Version}")];
        Assert.True(unlisted.Length == 0, $"Look at their licences and list them in deploy/packages.txt: {string.Join(", ", unlisted)}");
    }

    [Fact]
    public void Packages_ThatAreListed_HaveAVersionOfOurs_AndALicenceThatSuits()
    {
        Assert.NotEmpty(_listed);
        Assert.All(_listed.Values, static package => Assert.Contains(package.Licence, _licences));
        string central = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"));
        Match[] chosen = [.. PackageVersion().Matches(central).Where(static version => _listed.ContainsKey(version.Groups[1].Value))];
        Assert.NotEmpty(chosen);
        Assert.All(chosen, static version => Assert.Equal(version.Groups[2].Value, _listed[version.Groups[1].Value].Version));
    }

    /// <summary>The version listed, or a later patch of it: a registry that lacks one resolves the next.</summary>
    private static bool IsListed(string name, string version) =>
        _listed.TryGetValue(name, out (string Version, string Licence) listed)
        && (listed.Version == version
            || (Version.TryParse(listed.Version, out Version? wanted) && Version.TryParse(version, out Version? found)
                && (found.Major, found.Minor) == (wanted.Major, wanted.Minor) && found > wanted));

    private static IEnumerable<(string Name, string Version)> Shipped()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Output("AgentSessions.Server"), "AgentSessions.Server.deps.json")));
        return [.. file.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(static library => library.Value.GetProperty("type").GetString() == "package")
            .Select(static library => library.Name.Split('/'))
            .Select(static parts => (parts[0], parts[1]))];
    }

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\" Version=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
