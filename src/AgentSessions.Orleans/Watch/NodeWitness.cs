using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Watch;

/// <summary>Looks at other nodes for those who ask.</summary>
internal sealed class NodeWitness(GrainId id, Silo silo, ILoggerFactory loggers, NodePulse pulse) : GrainService(id, silo, loggers), INodeWitness
{
    public Task<bool> IsRefusedByAsync(string node) =>
        NodePort.IsRefusedAsync(SiloAddress.FromParsableString(node).Endpoint, CancellationToken.None);

    public Task AnswerAsync() => Task.CompletedTask;

    public Task<int?> MissedAsync(string node) => Task.FromResult(pulse.MissedBy(SiloAddress.FromParsableString(node)));
}
