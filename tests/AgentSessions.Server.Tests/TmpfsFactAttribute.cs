namespace AgentSessions.Server.Tests;

/// <summary>A test that needs a small file system of its own, which only root may mount, and says so when it is skipped.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute() => Skip = SmallDisk.WhyNot;
}
