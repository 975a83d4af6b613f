using System.Collections.Concurrent;
using AgentSessions.Orleans.Grains;
using AgentSessions.Orleans.Placement;
using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Metadata;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.Placement;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>A node's own list of sessions, which no other node sees, so that each has its own activation of every session.</summary>
internal sealed class SplitDirectory : IGrainDirectory
{
    private const string Name = "split";

    private readonly ConcurrentDictionary<GrainId, GrainAddress> _known = new();

    /// <summary>How many sessions are active on the node.</summary>
    public int Count => _known.Count;

    /// <summary>Makes a node look for sessions nowhere but on itself.</summary>
    public static void Use(ISiloBuilder node)
    {
        node.Services.AddSingleton<SplitDirectory>();
        node.AddGrainDirectory(Name, static (services, _) => services.GetRequiredService<SplitDirectory>());
        node.Services.AddSingleton<IGrainPropertiesProvider, Properties>();
        node.Services.AddPlacementDirector<SessionPlacement, Here>();
    }

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(_known.GetOrAdd(address.GrainId, address));

    public Task Unregister(GrainAddress address)
    {
        _known.TryRemove(new KeyValuePair<GrainId, GrainAddress>(address.GrainId, address));
        return Task.CompletedTask;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult(_known.GetValueOrDefault(grainId));

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    private sealed class Properties : IGrainPropertiesProvider
    {
        public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
        {
            if (grainClass == typeof(SessionGrain))
            {
                properties[WellKnownGrainTypeProperties.GrainDirectory] = Name;
            }
        }
    }

    private sealed class Here : IPlacementDirector
    {
        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
            Task.FromResult(context.LocalSilo);
    }
}
