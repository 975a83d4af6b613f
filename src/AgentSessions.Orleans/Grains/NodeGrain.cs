using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Orleans.Placement;
using Orleans.Placement;

namespace AgentSessions.Orleans.Grains;

/// <summary>Counts what lives on its node. Whoever asks says where it is to be placed, by a hint; random placement follows hints.</summary>
[RandomPlacement]
internal sealed class NodeGrain(RunHost runs, ClusterDrain drain, ILocalSiloDetails node) : Grain, INodeGrain
{
    public Task<NodeInfo?> ReportAsync()
    {
        if (this.GetPrimaryKeyString() != node.SiloAddress.ToParsableString())
        {
            DeactivateOnIdle();
            return Task.FromResult<NodeInfo?>(null);
        }

        return Task.FromResult<NodeInfo?>(new NodeInfo(node.Name, IsThis: false, drain.IsDraining ? "draining" : "active")
        {
            Runs = runs.Count,
            Turns = runs.CountOf(RunStatus.Executing),
        });
    }
}
