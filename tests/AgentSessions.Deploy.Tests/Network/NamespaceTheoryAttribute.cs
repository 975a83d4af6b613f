namespace AgentSessions.Deploy.Tests.Network;

/// <summary>A test that cuts links between nodes; skipped with a clear line where no network namespaces can be made.</summary>
internal sealed class NamespaceTheoryAttribute : TheoryAttribute
{
    public NamespaceTheoryAttribute() => Skip = LocalNetwork.WhyNot;
}
