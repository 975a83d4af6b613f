using AgentSessions.Core;
using AgentSessions.Core.Nodes;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Embedded;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the default engine.</summary>
public static class EmbeddedEngineServices
{
    // Beside the turns' own time: connections end before them, and turns that are cut off store what they said after it.
    private static readonly TimeSpan _leaveTime = TimeSpan.FromSeconds(10);

    /// <summary>Adds <see cref="ISessionEngine"/> with every session and run in this process. Needs an <see cref="ISessionStore"/> and an <see cref="IStateStore"/>.</summary>
    public static IServiceCollection AddEmbeddedSessionEngine(this IServiceCollection services, IConfiguration configuration)
    {
        var options = new EmbeddedEngineOptions();
        configuration.GetSection(EmbeddedEngineOptions.Section).Bind(options);
        options.Validate();
        services.AddSingleton(options);
        services.Configure<HostOptions>(host =>
        {
            TimeSpan needed = options.StopGrace + _leaveTime;
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        services.TryAddSingleton<IIdSource, RandomIdSource>();
        services.TryAddSingleton(static provider => new StreamHub(provider.GetRequiredService<ISessionStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddAgentRuntime();
        services.AddSingleton<EmbeddedSessionEngine>();
        services.AddSingleton<ISessionEngine>(static provider => provider.GetRequiredService<EmbeddedSessionEngine>());
        services.AddSingleton<INodeDirectory, EmbeddedNode>();
        services.AddHostedService<EmbeddedEngineService>();
        return services;
    }
}
