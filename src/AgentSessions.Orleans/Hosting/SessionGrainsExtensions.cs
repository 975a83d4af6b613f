using AgentSessions.Core;
using AgentSessions.Core.Nodes;
using AgentSessions.Core.Redaction;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Grains;
using AgentSessions.Orleans.Messages;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Streams.Direct;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Runtime.GrainDirectory;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Registers what a node needs besides its store, its membership and its stream provider.</summary>
internal static class SessionGrainsExtensions
{
    /// <summary>Adds the grains and the engine to a silo. Needs an <see cref="ISessionStore"/> and an <see cref="IStateStore"/>.</summary>
    public static ISiloBuilder AddSessionGrains(this ISiloBuilder silo, OrleansOptions options)
    {
        IServiceCollection services = silo.Services;
        services.AddSessionEngine(options);
        services.AddAgentRuntime();
        services.AddSingleton<ClusterDrain>();
        services.AddSingleton<SessionHosts>();
        services.AddSingleton<NodeStates>();
        services.AddSingleton<NodeNews>();
        services.AddSingleton<WarmUp>();
        services.AddSingleton<INodeDirectory, ClusterNodes>();
        services.AddSingleton<IReadinessCheck, ClusterReadiness>();
        services.AddPlacementDirector<SessionPlacement>(provider => new SessionPlacementDirector(provider.GetRequiredService<NodeStates>(), options.Placement));
        services.AddPlacementDirector<NodePlacement, NodePlacementDirector>();
        services.AddSingleton<NodeDirectory>();
        services.AddSingleton<IGrainDirectoryResolver>(DirectoryGrains.OfNodes);
        services.AddSingleton<IDetours, NodeDetours>();
        services.AddHostedService<ClusterNode>();
        if (options.StreamProvider == OrleansOptions.Direct)
        {
            services.AddHostedService<NodeMeetings>();
        }

        if (options.Role == OrleansRole.Gateway)
        {
            // What a node does not have cannot be placed on it.
            silo.Configure<GrainTypeOptions>(static types => types.Classes.ExceptWith([typeof(SessionGrain), typeof(RunGrain), typeof(SweepGrain)]));
        }

        return silo;
    }

    /// <summary>Adds what nodes and cluster clients share: the engine, its hub and the form of messages.</summary>
    public static IServiceCollection AddSessionEngine(this IServiceCollection services, OrleansOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton<IIdSource, RandomIdSource>();
        services.TryAddSingleton(provider => new StreamHub(
            provider.GetRequiredService<ISessionStore>(),
            provider.GetRequiredService<TimeProvider>(),
            new StreamHubOptions { PollInterval = options.PollInterval, DeletionCheckInterval = options.PollInterval * 6 }));
        services.AddRelay(options);
        services.AddSingleton<SessionCalls>();
        services.AddSingleton(static provider => new RecordAppends(
            provider.GetRequiredService<SessionCalls>(), provider.GetRequiredService<ISessionStore>(), TextRedaction.Of(provider)));
        services.AddSingleton<ISessionEngine, OrleansSessionEngine>();
        services.AddSerializer(static serializer => serializer.AddJsonSerializer(MessageTypes.Contains, isCopyable: null));
        services.AddSingleton<IGeneralizedCopier, SharedCopier>();
        return services;
    }
}
