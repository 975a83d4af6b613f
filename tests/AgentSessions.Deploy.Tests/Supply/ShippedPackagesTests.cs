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

        string[] unlisted = [.. shipped.Where(static package => !IsListed(package.Name, package.Version)).Select(static package => $"{package.Name} {package.Version}")];
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

    /// <summary>The packages that the server brings along, but for Orleans: its graph is its own, and differs by where it comes from.</summary>
    private static IEnumerable<(string Name, string Version)> Shipped()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Output("AgentSessions.Server"), "AgentSessions.Server.deps.json")));
        JsonElement libraries = file.RootElement.GetProperty("libraries");
        Dictionary<string, JsonProperty> known = file.RootElement.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject()
            .ToDictionary(static library => library.Name.Split('/')[0]);
        HashSet<string> reached = ["AgentSessions.Server"];
        var next = new Queue<string>(reached);
        while (next.TryDequeue(out string? name))
        {
            if (known[name].Value.TryGetProperty("dependencies", out JsonElement dependencies))
            {
                IEnumerable<string> brought = dependencies.EnumerateObject().Select(static dependency => dependency.Name);
                foreach (string dependency in brought.Where(name => known.ContainsKey(name) && !IsOrleans(name) && reached.Add(name)))
                {
                    next.Enqueue(dependency);
                }
            }
        }

        return [.. reached.Select(name => known[name].Name)
            .Where(library => libraries.GetProperty(library).GetProperty("type").GetString() == "package")
            .Select(static library => library.Split('/'))
            .Select(static parts => (parts[0], parts[1]))];
    }

    private static bool IsOrleans(string name) => name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal);

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\" Version=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
