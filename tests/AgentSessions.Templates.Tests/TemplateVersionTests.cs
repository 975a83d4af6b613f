using System.Xml.Linq;
using AgentSessions.TestServer;

namespace AgentSessions.Templates.Tests;

/// <summary>Which versions of our packages the templates ask for.</summary>
public sealed class TemplateVersionTests
{
    private const string Filled = "PACKAGE_VERSION";

    [Fact]
    public void Projects_UseThePackagesOfTheVersionThatTheTemplateIsOf()
    {
        string templates = Path.Combine(Repository.Root, "src", "AgentSessions.Templates", "templates");
        XElement[] ours = [.. Directory.GetFiles(templates, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(static project => XDocument.Load(project).Descendants("PackageReference"))
            .Where(static reference => reference.Attribute("Include")!.Value.StartsWith("AgentSessions.", StringComparison.Ordinal))];

        Assert.NotEmpty(ours);
        Assert.All(ours, static reference => Assert.Equal(Filled, reference.Attribute("Version")!.Value));
    }
}
