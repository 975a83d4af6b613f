using AgentSessions.Conformance.Engine;
using AgentSessions.Core;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Orleans.Tests.Hosting;

/// <summary>A cluster that the engine suite talks to through one node after the other. Started by the first test, shared by all.</summary>
public sealed class ClusterHost : EngineHost, IAsyncLifetime
{
    private const int Nodes = 3;

    private TestNodes? _nodes;
    private uint _next;

    /// <inheritdoc/>
    public override ISessionEngine Engine => _nodes!.Engine((int)(Interlocked.Increment(ref _next) % Nodes));

    /// <inheritdoc/>
    public override ExpiredSessions Expired => _nodes!.Service<ExpiredSessions>(0);

    /// <inheritdoc/>
    public override Task RestartAsync() => _nodes!.RestartAsync();

    /// <inheritdoc/>
    public async Task InitializeAsync() => _nodes = await TestNodes.StartAsync(Nodes, new TestNodesOptions
    {
        Agents = static agents => agents.AddConformanceAgents(),
        Configure = static node => node.Services.AddSingleton(new RetentionOptions { Expired = TimeSpan.Zero }),
    });

    /// <summary>The end of a test, which the cluster outlives.</summary>
    public override ValueTask DisposeAsync() => default;

    /// <inheritdoc/>
    async Task IAsyncLifetime.DisposeAsync() => await _nodes!.DisposeAsync();
}
