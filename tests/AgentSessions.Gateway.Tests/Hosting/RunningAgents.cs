using AgentSessions.Agents;
using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>Gives a server agents that really run.</summary>
internal static class RunningAgents
{
    public static AgentSessionsBuilder AddRunningAgents(this IServiceCollection services, GatewayServer server)
    {
        services.AddSingleton<ISessionStore>(server.Store);
        services.AddSingleton<IStateStore>(server.Store);
        services.RemoveAll<IAgentCatalog>();
        services.AddAgentRuntime();
        services.AddSingleton<ISessionEngine>(provider => new EmbeddedSessionEngine(
            new SessionContext(
                server.Store,
                provider.GetRequiredService<StreamHub>(),
                provider.GetRequiredService<IRunHost>(),
                provider.GetRequiredService<IAgentCatalog>(),
                server.Clock,
                new RandomIdSource()),
            server.Store,
            new EmbeddedEngineOptions()));
        return services.AddAgentSessions();
    }
}
