using AgentSessions.Core.Sessions;

namespace AgentSessions.Simulation.Tests.World;

/// <summary>Ids that are the same for the same seed.</summary>
internal sealed class SimIds : IIdSource
{
    private int _count;

    public string NewSessionId() => $"{SessionKey.FriendlyPrefix}{++_count}";

    public string NewRunId() => $"run_{++_count}";
}
