using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Placement;

/// <summary>Where sessions go: to any node of role Silo, but from a node that is leaving to another one.</summary>
internal sealed class SessionPlacement : PlacementStrategy;

/// <summary>Marks grains that are placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SessionPlacementAttribute() : PlacementAttribute(new SessionPlacement());

/// <summary>Places sessions.</summary>
internal sealed class SessionPlacementDirector(ClusterDrain drain) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        if (drain.IsDraining && silos.Length > 1)
        {
            silos = [.. silos.Where(silo => !silo.Equals(context.LocalSilo))];
        }

        return Task.FromResult(silos[Random.Shared.Next(silos.Length)]);
    }
}
