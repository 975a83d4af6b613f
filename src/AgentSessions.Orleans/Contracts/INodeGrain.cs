using AgentSessions.Core.Nodes;

namespace AgentSessions.Orleans.Contracts;

/// <summary>Speaks for one node; its key is the node's address, and it is placed there.</summary>
[Alias("AgentSessions.Node")]
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>What lives on the node, or null if this grain came to be on another one.</summary>
    [Alias("Report")]
    Task<NodeInfo?> ReportAsync();

    /// <summary>Has the node drain and end its process.</summary>
    /// <returns>Whether this grain is on the node it speaks for.</returns>
    [Alias("Drain")]
    Task<bool> DrainAsync();

    /// <summary>Tells the node that another one leaves, or is warm from now on.</summary>
    /// <param name="node">The other node's address.</param>
    /// <param name="isLeaving">Which of both.</param>
    [Alias("Hear")]
    Task HearAsync(string node, bool isLeaving);
}
