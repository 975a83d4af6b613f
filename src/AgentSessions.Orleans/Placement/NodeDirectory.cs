using System.Collections.Concurrent;
using Orleans.GrainDirectory;

namespace AgentSessions.Orleans.Placement;

/// <summary>Where grains are active that speak for a node: nobody has to be asked, their key says it, and each node knows its own.</summary>
/// <remarks>Orleans' own directory keeps a part of what it knows on each node, and whoever does not reach that node would not find these either.</remarks>
internal sealed class NodeDirectory : IGrainDirectory
{
    private readonly ConcurrentDictionary<GrainId, GrainAddress> _here = new();

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(_here.GetOrAdd(address.GrainId, address));

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        if (previousAddress is not null)
        {
            _here.TryRemove(new KeyValuePair<GrainId, GrainAddress>(address.GrainId, previousAddress));
        }

        return Register(address);
    }

    public Task Unregister(GrainAddress address)
    {
        _here.TryRemove(new KeyValuePair<GrainId, GrainAddress>(address.GrainId, address));
        return Task.CompletedTask;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult(_here.GetValueOrDefault(grainId));

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
