using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Orleans.Grains;

/// <summary>Counts what lives on its node.</summary>
[NodePlacement]
internal sealed class NodeGrain(
    RunHost runs, ClusterDrain drain, NodeStates nodes, NodeStatistics statistics, ILocalSiloDetails node, IHostApplicationLifetime lifetime) : Grain, INodeGrain
{
    public Task<NodeInfo?> ReportAsync()
    {
        if (!IsHere())
        {
            return Task.FromResult<NodeInfo?>(null);
        }

        return Task.FromResult<NodeInfo?>(statistics.Describe(new NodeInfo(node.Name, IsThis: false, drain.IsDraining ? "draining" : "active")
        {
            Runs = runs.Count,
            Turns = runs.CountOf(RunStatus.Executing),
        }));
    }

    public Task<bool> DrainAsync()
    {
        bool isHere = IsHere();
        if (isHere)
        {
            // Beside the call, whose answer must leave before the node does.
            _ = Task.Run(lifetime.StopApplication);
        }

        return Task.FromResult(isHere);
    }

    public Task HearAsync(string node, bool isLeaving)
    {
        if (IsHere())
        {
            SiloAddress other = SiloAddress.FromParsableString(node);
            if (isLeaving)
            {
                nodes.Leaves(other);
            }
            else
            {
                nodes.IsWarm(other);
            }
        }

        return Task.CompletedTask;
    }

    private bool IsHere()
    {
        bool isHere = this.GetPrimaryKeyString() == node.SiloAddress.ToParsableString();
        if (!isHere)
        {
            DeactivateOnIdle();
        }

        return isHere;
    }
}
