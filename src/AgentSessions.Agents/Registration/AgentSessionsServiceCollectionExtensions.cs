using AgentSessions.Agents;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers agents with the application's services.</summary>
public static class AgentSessionsServiceCollectionExtensions
{
    /// <summary>Starts the registration of agents. May be called several times.</summary>
    public static AgentSessionsBuilder AddAgentSessions(this IServiceCollection services) => new(services);
}
