using System.Reflection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Operations.Tests;

/// <summary>Operators filter log lines by their event ids: each has one of its own, in the range that <c>docs/operations.md</c> gives its project.</summary>
public sealed class EventIdTests
{
    private static readonly Dictionary<string, (int First, int Last)> _ranges = new()
    {
        ["AgentSessions.Core"] = (2000, 2999),
        ["AgentSessions.Embedded"] = (3000, 3099),
        ["AgentSessions.Orleans"] = (3100, 3199),
        ["AgentSessions.Postgres"] = (3200, 3299),
        ["AgentSessions.Models"] = (3300, 3399),
        ["AgentSessions.Server"] = (4000, 4099),
        ["AgentSessions.Pages"] = (4100, 4199),
        ["AgentSessions.Gateway"] = (5000, 5999),
    };

    [Fact]
    public void EveryLogLine_HasAnIdOfItsOwn_InItsProjectsRange()
    {
        // The clustered engine is left out of some builds.
        Assembly[] projects = [.. _ranges.Keys.Where(static name => File.Exists(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))).Select(Assembly.Load)];
        (string Project, string Line, int Id)[] lines = [.. projects.SelectMany(LinesOf)];

        Assert.True(lines.Length > 50, $"Only {lines.Length} log lines were found.");
        Assert.Empty(lines.GroupBy(static line => line.Id).Where(static same => same.Count() > 1).Select(static same => string.Join(" = ", same)));
        Assert.All(lines, static line => Assert.InRange(line.Id, _ranges[line.Project].First, _ranges[line.Project].Last));
    }

    private static IEnumerable<(string Project, string Line, int Id)> LinesOf(Assembly project) =>
        from type in project.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        let line = method.GetCustomAttribute<LoggerMessageAttribute>()
        where line is not null
        select (project.GetName().Name!, $"{type.Name}.{method.Name}", line.EventId);
}
