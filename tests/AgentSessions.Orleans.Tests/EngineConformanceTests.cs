using AgentSessions.Conformance.Engine;
using AgentSessions.Orleans.Tests.Hosting;

namespace AgentSessions.Orleans.Tests;

public sealed class EngineOnAClusterTests(ClusterHost cluster) : SessionEngineConformance, IClassFixture<ClusterHost>
{
    protected override Task<EngineHost> StartHostAsync() => Task.FromResult<EngineHost>(cluster);
}
