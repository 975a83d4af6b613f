using Orleans.Runtime.Services;

namespace AgentSessions.Orleans.Watch;

/// <summary>The way to other nodes' witnesses.</summary>
internal sealed class NodeWitnesses(IServiceProvider services) : GrainServiceClient<INodeWitness>(services)
{
    /// <summary>Asks one node whether another one refuses it.</summary>
    public Task<bool> AskAsync(SiloAddress witness, SiloAddress node) => GetGrainService(witness).IsRefusedByAsync(node.ToParsableString());
}
