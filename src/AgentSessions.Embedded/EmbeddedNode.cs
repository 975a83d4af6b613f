using AgentSessions.Core.Nodes;
using AgentSessions.Core.Runs;

namespace AgentSessions.Embedded;

/// <summary>The one node of the embedded engine.</summary>
internal sealed class EmbeddedNode(EmbeddedSessionEngine engine, RunHost runs) : INodeDirectory
{
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken)
    {
        NodeInfo[] nodes =
        [
            new(Environment.MachineName, IsThis: true, engine.IsDraining ? "draining" : "active")
            {
                Sessions = engine.LiveSessions,
                Runs = runs.Count,
                Turns = runs.CountOf(RunStatus.Executing),
            },
        ];
        return new(nodes);
    }
}
