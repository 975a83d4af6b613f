using System.Reflection;

namespace AgentSessions.Operations.Tests.Architecture;

/// <summary>Who reads a namespace finds what it builds on below it, and never comes back to where the reading began.</summary>
public sealed class NamespaceCircleTests
{
    [Theory]
    [InlineData("AgentSessions.Client")]
    [InlineData("AgentSessions.Gateway")]
    [InlineData("AgentSessions.Models")]
    [InlineData("AgentSessions.Pages")]
    [InlineData("AgentSessions.Postgres")]
    [InlineData("AgentSessions.Protocol")]
    [InlineData("AgentSessions.Server")]
    public void Namespaces_OfAnAssembly_UseEachOtherInNoCircle(string assembly)
    {
        string circles = string.Join(Environment.NewLine, new NamespaceUses(Assembly.Load(assembly)).Circles());
        Assert.True(circles.Length == 0, circles);
    }
}
