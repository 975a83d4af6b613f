using AgentSessions.TestServer;

namespace AgentSessions.Clients.Tests;

/// <summary>A test that needs Node; skipped with a clear line where it is missing.</summary>
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute() => Skip = NodeProject.Missing;
}
