using AgentSessions.TestServer;

namespace AgentSessions.Deploy.Tests.Cluster;

/// <summary>A test that needs Node; skipped with a clear line where it is missing.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = NodeProject.Missing;
}
