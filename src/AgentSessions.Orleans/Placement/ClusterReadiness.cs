using AgentSessions.Core;

namespace AgentSessions.Orleans.Placement;

/// <summary>Whether this node is a member of the cluster, is warm and means to stay.</summary>
internal sealed class ClusterReadiness(ISiloStatusOracle silos, ClusterDrain drain, NodeStates nodes) : IReadinessCheck
{
    public string Name => "cluster";

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        new(drain.IsDraining ? "draining" : silos.CurrentStatus != SiloStatus.Active ? "not a member" : nodes.IsCold(silos.SiloAddress) ? "warming up" : null);
}
