
namespace AgentSessions.Orleans.Placement;

/// <summary>Whether this node is leaving: it starts nothing new and sends sessions elsewhere.</summary>
internal sealed class ClusterDrain(ISiloStatusOracle silos, NodeStates nodes)
{
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    /// <summary>Whether this node is leaving and others stay.</summary>
    public bool HasElsewhere => _isDraining && silos.GetActiveSilos().Any(silo => !silo.Equals(silos.SiloAddress));

    public void Begin()
    {
        _isDraining = true;
        nodes.Leaves(silos.SiloAddress);
    }
}
