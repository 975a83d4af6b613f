namespace AgentSessions.Orleans.Placement;

/// <summary>Whether this node is leaving: it starts nothing new and sends sessions elsewhere.</summary>
internal sealed class ClusterDrain(ISiloStatusOracle silos, NodeStates nodes, SessionHosts hosts)
{
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    /// <summary>Whether this node is leaving and others stay that host sessions.</summary>
    public bool HasElsewhere =>
        _isDraining && silos.GetActiveSilos().Any(silo => !silo.Equals(silos.SiloAddress) && !nodes.IsLeaving(silo) && hosts.Contains(silo));

    public void Begin()
    {
        _isDraining = true;
        nodes.Leaves(silos.SiloAddress);
    }
}
