using AgentSessions.TestServer;
using YamlDotNet.RepresentationModel;

namespace AgentSessions.Deploy.Tests;

public sealed class ComposeTests
{
    private static readonly YamlMappingNode _compose = Manifests.Load(Path.Combine(Repository.Root, "deploy", "compose.yaml")).Single();

    [Fact]
    public void Services_AreADatabase_ThreeSilosAndAGateway()
    {
        string[] names = [.. ((YamlMappingNode)_compose.At("services")!).Children.Keys.Select(static name => ((YamlScalarNode)name).Value!)];

        Assert.Equal(["gateway", "postgres", "silo-1", "silo-2", "silo-3"], names.Order());
        Assert.All(names.Where(static name => name != "postgres"), static name =>
        {
            Assert.Equal(name == "gateway" ? "Gateway" : "Silo", _compose.Text("services", name, "environment", "AgentSessions__Orleans__Role"));
            Assert.Equal(name, _compose.Text("services", name, "environment", "AgentSessions__Orleans__Address"));
        });
    }

    [Fact]
    public void Secrets_AreDeclared()
    {
        string[] declared = [.. ((YamlMappingNode)_compose.At("secrets")!).Children.Keys.Select(static name => ((YamlScalarNode)name).Value!)];

        Assert.Equal(declared.Order(), _compose.Texts("x-node", "secrets").Order());
        Assert.All(_compose.Pairs("x-settings").Values.Where(static value => value.StartsWith("/run/secrets/", StringComparison.Ordinal)), value => Assert.Contains(Path.GetFileName(value), declared));
    }

    [Fact]
    public void Database_TakesTheConnectionsOfAllNodes()
    {
        const int ofANode = 2 + 16 + 8 + 8; // writers, readers, Orleans, the directory of sessions
        const int ofOperators = 3;
        int nodes = ((YamlMappingNode)_compose.At("services")!).Children.Count - 1;

        string most = Assert.Single(_compose.Texts("services", "postgres", "command"), static part => part.StartsWith("max_connections=", StringComparison.Ordinal));
        Assert.True(int.Parse(most.Split('=')[1], null) >= (nodes * ofANode) + ofOperators);
    }

    [Fact]
    public void OnlyTheGateway_IsPublished_AndOnLoopback() =>
        Assert.Equal(
            ["127.0.0.1:3030:8080"],
            ((YamlMappingNode)_compose.At("services")!).Children.Values.SelectMany(static service => service.Texts("ports")));
}
