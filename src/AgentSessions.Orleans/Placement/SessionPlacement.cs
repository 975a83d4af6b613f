using AgentSessions.Orleans.Settings;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Placement;

/// <summary>
/// Where sessions go: to the node that is asked for them, which mostly has their readers too; to any if that one hosts none, leaves or is not
/// warm yet, or if nobody asked for the session itself.
/// </summary>
internal sealed class SessionPlacement : PlacementStrategy
{
    private const string Spreads = "agent-sessions.spreads";

    /// <summary>From here on the caller places sessions anywhere: whoever looks after those of a dead node would otherwise get all of them.</summary>
    public static void Spread() => RequestContext.Set(Spreads, true);

    /// <summary>Whether a call places sessions anywhere.</summary>
    public static bool IsSpread(IReadOnlyDictionary<string, object>? context) => context?.ContainsKey(Spreads) is true;
}

/// <summary>Marks grains that are placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SessionPlacementAttribute() : PlacementAttribute(new SessionPlacement());

/// <summary>Places sessions.</summary>
/// <param name="nodes">Which nodes stay and are warm.</param>
/// <param name="preference">Whether this node comes first.</param>
internal sealed class SessionPlacementDirector(NodeStates nodes, OrleansPlacement preference) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] possible = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, possible) is { } hint)
        {
            return Task.FromResult(hint);
        }

        SiloAddress[] preferred = nodes.Prefer(possible);
        bool isNear = preference == OrleansPlacement.Near && preferred.Contains(context.LocalSilo) && !SessionPlacement.IsSpread(target.RequestContextData);
        return Task.FromResult(isNear ? context.LocalSilo : preferred[Random.Shared.Next(preferred.Length)]);
    }
}
