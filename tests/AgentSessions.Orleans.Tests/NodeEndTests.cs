using AgentSessions.Core.Nodes;
using AgentSessions.Orleans.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Orleans.Tests;

/// <summary>What becomes of a node that others called dead.</summary>
public sealed class NodeEndTests
{
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly Restart _restart = new();

    [Fact]
    public void Node_ComesBack()
    {
        End();
        Assert.Equal(1, _restart.Count);
    }

    [Fact]
    public void NodeThatWasAskedToLeave_EndsForGood()
    {
        _lifetime.StopApplication();
        End();
        Assert.Equal(0, _restart.Count);
    }

    private void End() => new NodeEnd([_restart], _lifetime, NullLogger<NodeEnd>.Instance).ComeBack("called dead", null);

    private sealed class Restart : INodeRestart
    {
        public int Count { get; private set; }

        void INodeRestart.Restart() => Count++;
    }
}
