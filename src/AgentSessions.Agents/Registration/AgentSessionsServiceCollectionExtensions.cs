using AgentSessions.Agents;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers agents with the application's services.</summary>
public static class AgentSessionsServiceCollectionExtensions
{
    /// <summary>Starts the registration of agents. May be called several times.</summary>
    public static AgentSessionsBuilder AddAgentSessions(this IServiceCollection services)
    {
        services.TryAddScoped<AgentStateValues>();
        services.TryAddScoped(typeof(AgentState<>));
        services.TryAddSingleton<ITurnContextAccessor, TurnContextAccessor>();
        return new AgentSessionsBuilder(services);
    }
}
