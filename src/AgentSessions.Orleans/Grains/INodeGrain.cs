using AgentSessions.Core.Nodes;

namespace AgentSessions.Orleans.Grains;

/// <summary>Speaks for one node; its key is the node's address, and it is placed there.</summary>
[Alias("AgentSessions.Node")]
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>What lives on the node, or null if this grain came to be on another one.</summary>
    [Alias("Report")]
    Task<NodeInfo?> ReportAsync();
}
