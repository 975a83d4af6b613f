using AgentSessions.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of a server's agents.</summary>
public static class AgentSessionsClientServices
{
    /// <summary>Adds <see cref="AgentSessionsClient"/>, also as <see cref="IAgentChatFactory"/> and <see cref="IChatActions"/>.</summary>
    /// <remarks>Uses the container's <see cref="TimeProvider"/> if there is one. Options are checked when the client is first asked for.</remarks>
    public static IServiceCollection AddAgentSessionsClient(this IServiceCollection services, Action<AgentSessionsClientOptions> configure)
    {
        services.TryAddSingleton(provider =>
        {
            var options = new AgentSessionsClientOptions();
            configure(options);
            return new AgentSessionsClient(options, time: (TimeProvider?)provider.GetService(typeof(TimeProvider)));
        });
        services.TryAddSingleton<IAgentChatFactory>(static provider => provider.GetRequiredService<AgentSessionsClient>());
        services.TryAddSingleton<IChatActions>(static provider => provider.GetRequiredService<AgentSessionsClient>());
        return services;
    }
}
