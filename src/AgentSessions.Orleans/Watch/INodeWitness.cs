using Orleans.Services;

namespace AgentSessions.Orleans.Watch;

/// <summary>What a node can say about others. One on every node, reached without the grain directory, of which a part may have died with a node.</summary>
[Alias("AgentSessions.NodeWitness")]
internal interface INodeWitness : IGrainService
{
    /// <summary>Whether certainly nothing listens at another node's address, seen from this node.</summary>
    /// <param name="node">The other node's address as text.</param>
    [Alias("IsRefusedBy")]
    Task<bool> IsRefusedByAsync(string node);

    /// <summary>Says that this node is there.</summary>
    [Alias("Answer")]
    Task AnswerAsync();

    /// <summary>How many beats in a row another node has not answered this one; null if it never did.</summary>
    /// <param name="node">The other node's address as text.</param>
    [Alias("Missed")]
    Task<int?> MissedAsync(string node);
}
