using AgentSessions.Orleans.Contracts;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Placement;

/// <summary>Where grains go that speak for a node: to the node whose address their key begins with, and nowhere else.</summary>
/// <remarks>
/// A node that starts is a member before everybody knows what it can host. A grain that came to be elsewhere in that moment would be looked for
/// there from then on.
/// </remarks>
internal sealed class NodePlacement : PlacementStrategy;

/// <summary>Marks grains that are placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NodePlacementAttribute() : PlacementAttribute(new NodePlacement());

/// <summary>Places grains that speak for a node.</summary>
internal sealed class NodePlacementDirector : IPlacementDirector
{
    /// <summary>Where it goes.</summary>
    /// <exception cref="SiloUnavailableException">The node is gone, or so new that it is not known here.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        if (GrainKeys.ToNode(target.GrainIdentity.Key.ToString()!) is not { } node)
        {
            return Task.FromResult(context.LocalSilo);
        }

        return context.GetCompatibleSilos(target).Contains(node)
            ? Task.FromResult(node)
            : throw new SiloUnavailableException($"The node {node} is gone, or not known yet", NothingOfTheRuntime());
    }

    /// <summary>The runtime prints a stack trace for each call that finds no place, except for this cause. Whoever calls knows what it means, and says so.</summary>
    private static KeyNotFoundException NothingOfTheRuntime() => new();
}
