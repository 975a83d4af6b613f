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

    // A turn and the model's loop that answers it are told together.
    [Fact]
    public void Namespaces_OfTheCore_UseEachOtherInNoCircle_ButWhatATurnIsMadeOf()
    {
        string[] together = [.. new[] { "Turns", "Turns.Responding" }.Select(static name => $"AgentSessions.Core.{name}")];
        IEnumerable<string> others = new NamespaceUses(typeof(ISessionEngine).Assembly).Circles()
            .Where(use => !together.Any(user => together.Any(used => use.StartsWith($"{user} -> {used}:", StringComparison.Ordinal))));
        string circles = string.Join(Environment.NewLine, others);
        Assert.True(circles.Length == 0, circles);
    }
}
