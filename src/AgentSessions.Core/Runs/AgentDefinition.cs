using AgentSessions.Agents;

namespace AgentSessions.Core.Runs;

/// <summary>A registered agent with its options applied.</summary>
internal sealed record AgentDefinition(string Name, AgentOptions Options, Func<IServiceProvider, IAgentHooks> Create)
{
    /// <summary>The author's own loop; null for an agent with hooks.</summary>
    public Func<IAgentSessionLoop, CancellationToken, Task>? Loop { get; init; }

    /// <summary>The filters around its hooks, the outermost first.</summary>
    public IReadOnlyList<Func<IServiceProvider, AgentFilter>> Filters { get; init; } = [];
}
