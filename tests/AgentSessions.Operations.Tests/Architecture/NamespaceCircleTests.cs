using System.Reflection;
using AgentSessions.Core;

namespace AgentSessions.Operations.Tests.Architecture;

/// <summary>Who reads a namespace finds what it builds on below it, and never comes back to where the reading began.</summary>
public sealed class NamespaceCircleTests
{
    // The core has its own test below; the clustered engine is left out of some builds.
    public static TheoryData<string> Assemblies =>
    [
        .. new[]
        {
            "AgentSessions.Agents", "AgentSessions.Cli", "AgentSessions.Client", "AgentSessions.Embedded", "AgentSessions.Gateway", "AgentSessions.Load",
            "AgentSessions.Models", "AgentSessions.Orleans", "AgentSessions.Pages", "AgentSessions.Postgres", "AgentSessions.Protocol",
            "AgentSessions.Server", "AgentSessions.Testing",
        }.Where(static name => File.Exists(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))),
    ];

    [Theory, MemberData(nameof(Assemblies))]
    public void Namespaces_OfAnAssembly_UseEachOtherInNoCircle(string assembly)
    {
        string circles = string.Join(Environment.NewLine, new NamespaceUses(Assembly.Load(assembly)).Circles());
        Assert.True(circles.Length == 0, circles);
    }

    // What a run does to its session is told in these folders together; keys and rows of sessions are words of every other.
    [Fact]
    public void Namespaces_OfTheCore_UseEachOtherBothWays_OnlyWhereSessionsRun()
    {
        string[] together = ["Events", "Redaction", "Runs", "Sessions", "Storage", "Streams", "Turns"];
        IEnumerable<string> others = new NamespaceUses(typeof(ISessionEngine).Assembly).BothWays()
            .Where(use => !together.Any(folder => use.StartsWith($"AgentSessions.Core.{folder}", StringComparison.Ordinal)));
        string circles = string.Join(Environment.NewLine, others);
        Assert.True(circles.Length == 0, circles);
    }
}
