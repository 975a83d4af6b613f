using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Streams;
using AgentSessions.Orleans.Streams.Direct;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Registers the stream provider that the options name, if it is one of ours.</summary>
internal static class NodeStreams
{
    /// <summary>How often nodes look for new events; half of it is what a chunk waits on its way to another node.</summary>
    private static readonly TimeSpan _pullInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Queues that share the cluster's streams. Each costs a call every <see cref="_pullInterval"/>, also at rest.</summary>
    public const int Queues = 4;

    /// <summary>Adds what carries records between this process and others.</summary>
    public static IServiceCollection AddRelay(this IServiceCollection services, OrleansOptions options)
    {
        services.AddSingleton<StreamFollowers>();
        if (options.StreamProvider == OrleansOptions.Direct)
        {
            services.AddSingleton(static provider => new DirectRelay(
                provider.GetRequiredService<IClusterClient>(),
                provider.GetRequiredService<StreamHub>(),
                provider.GetRequiredService<StreamFollowers>(),
                provider.GetService<ILocalSiloDetails>()?.SiloAddress,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<DirectRelay>>()));
            return services.AddSingleton<IStreamRelay>(static provider => provider.GetRequiredService<DirectRelay>());
        }

        return services.AddSingleton<IStreamRelay>(provider => new StreamRelay(
            provider.GetRequiredService<IClusterClient>().GetStreamProvider(options.StreamProvider),
            provider.GetRequiredService<StreamHub>(),
            provider.GetRequiredService<ILogger<StreamRelay>>()));
    }

    public static ISiloBuilder UseStreams(this ISiloBuilder silo, OrleansOptions options) =>
        options.StreamProvider != OrleansOptions.MemoryStreams
            ? silo
            : silo.AddMemoryStreams(options.StreamProvider, static streams =>
            {
                streams.ConfigurePartitioning(Queues);
                streams.ConfigurePullingAgent(static agent => agent.Configure(static pulling => pulling.GetQueueMsgsTimerPeriod = _pullInterval));
            });
}
