namespace AgentSessions.Deploy.Tests.Proxy;

/// <summary>A test behind nginx; skipped with a clear line where it is not installed.</summary>
internal sealed class NginxFactAttribute : FactAttribute
{
    public NginxFactAttribute() => Skip = NginxProxy.WhyNot;
}
