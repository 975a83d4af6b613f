using System.IO.Compression;
using System.Xml.Linq;

namespace AgentSessions.Templates.Tests;

/// <summary>What every package holds, and that none refers to one of ours that is not packed.</summary>
[Collection(PackedFolderCollection.Name)]
public sealed class PackageTests(PackedFolder packed)
{
    [Fact]
    public void Packages_AreAClosedSetWithReadmeLicenceAndDocumentation()
    {
        string[] files = Directory.GetFiles(packed.Packages, "*.nupkg");
        Dictionary<string, XElement> packages = files.Select(Metadata).ToDictionary(static metadata => Value(metadata, "id"));

        Assert.Contains("AgentSessions.Server", packages.Keys);
        foreach ((string id, XElement metadata) in packages)
        {
            Assert.False(Value(metadata, "description") is "" or "Package Description", $"{id} has no description");
            Assert.Equal("MIT", Value(metadata, "license"));
            Assert.Equal("README.md", Value(metadata, "readme"));
            string[] missing = [.. Dependencies(metadata).Where(name => name.StartsWith("AgentSessions.", StringComparison.Ordinal) && !packages.ContainsKey(name))];
            Assert.True(missing.Length == 0, $"{id} needs {string.Join(", ", missing)}");
        }
    }

    [Fact]
    public void Libraries_BringTheirDocumentation()
    {
        string[] entries = [.. Directory.GetFiles(packed.Packages, "*.nupkg").SelectMany(LibraryFiles)];
        string[] assemblies = [.. entries.Where(static name => name.EndsWith(".dll", StringComparison.Ordinal))];

        Assert.Contains(assemblies, static name => name.EndsWith("/AgentSessions.Agents.dll", StringComparison.Ordinal));
        Assert.Empty(assemblies.Select(static assembly => Path.ChangeExtension(assembly, ".xml")).Except(entries));
    }

    private static XElement Metadata(string file)
    {
        using ZipArchive package = ZipFile.OpenRead(file);
        using Stream specification = package.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(specification).Root!.Elements().Single();
    }

    private static string[] LibraryFiles(string file)
    {
        using ZipArchive package = ZipFile.OpenRead(file);
        return [.. package.Entries.Select(static entry => entry.FullName).Where(static name => name.StartsWith("lib/", StringComparison.Ordinal))];
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().FirstOrDefault(field => field.Name.LocalName == name)?.Value ?? "";

    private static IEnumerable<string> Dependencies(XElement metadata) =>
        metadata.Descendants().Where(static element => element.Name.LocalName == "dependency").Select(static element => element.Attribute("id")!.Value);
}
