using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Watch;

/// <summary>Knocks at other nodes for those who ask.</summary>
internal sealed class NodeWitness(GrainId id, Silo silo, ILoggerFactory loggers) : GrainService(id, silo, loggers), INodeWitness
{
    public Task<bool> IsRefusedByAsync(string node) =>
        NodePort.IsRefusedAsync(SiloAddress.FromParsableString(node).Endpoint, CancellationToken.None);
}
