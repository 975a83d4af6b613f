using Orleans.Runtime.Services;

namespace AgentSessions.Orleans.Watch;

/// <summary>The way to other nodes' witnesses.</summary>
internal sealed class NodeWitnesses(IServiceProvider services) : GrainServiceClient<INodeWitness>(services)
{
    /// <summary>Asks one node whether another one refuses it.</summary>
    public Task<bool> AskAsync(SiloAddress witness, SiloAddress node) => GetGrainService(witness).IsRefusedByAsync(node.ToParsableString());

    /// <summary>Asks one node how many beats another one has not answered it.</summary>
    public Task<int?> MissedAsync(SiloAddress witness, SiloAddress node) => GetGrainService(witness).MissedAsync(node.ToParsableString());

    /// <summary>Completes when a node answers.</summary>
    public Task AnswerAsync(SiloAddress node) => GetGrainService(node).AnswerAsync();
}
