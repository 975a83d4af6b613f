using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;

namespace AgentSessions.Embedded;

/// <summary>The one node of the embedded engine.</summary>
internal sealed class EmbeddedNode(EmbeddedSessionEngine engine, RunHost runs, NodeStatistics statistics) : INodeDirectory
{
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken)
    {
        NodeInfo node = statistics.Describe(new NodeInfo(Environment.MachineName, IsThis: true, engine.IsDraining ? "draining" : "active")
        {
            Sessions = engine.LiveSessions,
            Runs = runs.Count,
            Turns = runs.CountOf(RunStatus.Executing),
        });
        return new([node]);
    }

    /// <summary>There is no other node.</summary>
    public ValueTask<bool> DrainAsync(string name, CancellationToken cancellationToken) => new(false);
}
