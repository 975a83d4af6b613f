namespace AgentSessions.Agents;

/// <summary>A name and what runs under it.</summary>
/// <param name="Name">The name clients start sessions with.</param>
/// <param name="Create">Makes a run's instance from the run's services.</param>
/// <param name="Configure">Applied to the options after configuration.</param>
internal sealed record AgentRegistration(string Name, Func<IServiceProvider, IAgentHooks> Create, Action<AgentOptions>? Configure)
{
    /// <summary>The author's own loop; null for an agent with hooks.</summary>
    public Func<IAgentSessionLoop, CancellationToken, Task>? Loop { get; init; }
}
