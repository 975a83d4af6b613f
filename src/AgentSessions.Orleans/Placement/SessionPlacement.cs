using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Placement;

/// <summary>Where sessions go: to any node of role Silo that stays and is warm, if there is one.</summary>
internal sealed class SessionPlacement : PlacementStrategy;

/// <summary>Marks grains that are placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SessionPlacementAttribute() : PlacementAttribute(new SessionPlacement());

/// <summary>Places sessions.</summary>
internal sealed class SessionPlacementDirector(NodeStates nodes) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] possible = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, possible) is { } hint)
        {
            return Task.FromResult(hint);
        }

        SiloAddress[] preferred = nodes.Prefer(possible);
        return Task.FromResult(preferred[Random.Shared.Next(preferred.Length)]);
    }
}
