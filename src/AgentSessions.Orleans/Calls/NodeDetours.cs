using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;

namespace AgentSessions.Orleans.Calls;

/// <summary>A node's ways by other nodes, while some node does not answer this one and others do.</summary>
internal sealed class NodeDetours(IGrainFactory grains, ISiloStatusOracle silos, NodeStates nodes) : IDetours
{
    /// <inheritdoc/>
    public TimeSpan Patience => TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public ISessionGrain? Find(SessionKey session, int attempt)
    {
        IReadOnlySet<SiloAddress> doubted = nodes.Doubted;
        if (doubted.Count == 0)
        {
            return null;
        }

        SiloAddress[] others = [.. silos.GetActiveSilos().Where(silo => !silo.Equals(silos.SiloAddress) && !doubted.Contains(silo)).Order()];
        return attempt < others.Length ? grains.GetGrain<IDetourGrain>(GrainKeys.OfDetour(others[attempt], session)) : null;
    }
}
