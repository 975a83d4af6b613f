using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Agents;

/// <summary>Registers agents.</summary>
public sealed class AgentSessionsBuilder
{
    internal AgentSessionsBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Registers an agent class. Every run makes an instance of its own in a scope of its own.</summary>
    /// <param name="name">The name clients start sessions with, 1 to 128 characters, unique.</param>
    /// <param name="configure">Changes options after configuration section <c>AgentSessions:Agents:{name}</c> was applied.</param>
    public AgentSessionsBuilder AddAgent<TAgent>(string name, Action<AgentOptions>? configure = null)
        where TAgent : class
    {
        if (!typeof(TAgent).IsAssignableTo(typeof(IAgentHooks)))
        {
            throw new ArgumentException($"{typeof(TAgent)} must derive from ChatAgent or ChatAgent<TClientData>.");
        }

        ObjectFactory<TAgent> factory = ActivatorUtilities.CreateFactory<TAgent>([]);
        return Add(new AgentRegistration(name, services => (IAgentHooks)factory(services, []), configure));
    }

    /// <summary>Registers a delegate that answers each turn.</summary>
    /// <param name="name">The name clients start sessions with, 1 to 128 characters, unique.</param>
    /// <param name="run">Answers a turn; its token fires when the user stops the turn or the run goes away.</param>
    /// <param name="configure">Changes options after configuration section <c>AgentSessions:Agents:{name}</c> was applied.</param>
    public AgentSessionsBuilder AddAgent(string name, Func<TurnContext, CancellationToken, Task> run, Action<AgentOptions>? configure = null) =>
        Add(new AgentRegistration(name, _ => new LambdaAgent(run), configure));

    /// <summary>Registers an agent that drives its turns itself: no hooks, no managed loop.</summary>
    /// <param name="name">The name clients start sessions with, 1 to 128 characters, unique.</param>
    /// <param name="run">Answers turns until the run ends; its token fires when the run goes away.</param>
    /// <param name="configure">Changes options after configuration section <c>AgentSessions:Agents:{name}</c> was applied.</param>
    public AgentSessionsBuilder AddCustomAgent(string name, Func<IAgentSessionLoop, CancellationToken, Task> run, Action<AgentOptions>? configure = null) =>
        Add(new AgentRegistration(name, static _ => new LambdaAgent(static (_, _) => Task.CompletedTask), configure) { Loop = run });

    /// <summary>Puts a filter around the hooks of all agents, or of one.</summary>
    /// <typeparam name="TFilter">Made once for each run, from its services.</typeparam>
    /// <param name="agent">The agent's name; null for all.</param>
    public AgentSessionsBuilder AddAgentFilter<TFilter>(string? agent = null)
        where TFilter : AgentFilter
    {
        ObjectFactory<TFilter> factory = ActivatorUtilities.CreateFactory<TFilter>([]);
        Services.AddSingleton(new AgentFilterRegistration(services => factory(services, []), agent));
        return this;
    }

    /// <summary>Sets budgets and prices, after configuration section <see cref="BudgetOptions.Section"/> was applied. May be called several times.</summary>
    public AgentSessionsBuilder ConfigureBudgets(Action<BudgetOptions> configure)
    {
        Services.AddSingleton(new BudgetRegistration(configure));
        return this;
    }

    private AgentSessionsBuilder Add(AgentRegistration registration)
    {
        if (registration.Name.Length is 0 or > 128)
        {
            throw new ArgumentException("An agent's name is 1 to 128 characters long.");
        }

        Services.AddSingleton(registration);
        return this;
    }
}
