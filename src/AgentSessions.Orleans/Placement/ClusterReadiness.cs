using AgentSessions.Core;

namespace AgentSessions.Orleans.Placement;

/// <summary>Whether this node is a member of the cluster and means to stay.</summary>
internal sealed class ClusterReadiness(ISiloStatusOracle silos, ClusterDrain drain) : IReadinessCheck
{
    public string Name => "cluster";

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken) =>
        new(drain.IsDraining ? "draining" : silos.CurrentStatus == SiloStatus.Active ? null : "not a member");
}
