using System.Net;
using System.Net.Sockets;
using AgentSessions.Core;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Watch;
using AgentSessions.Postgres;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.GrainDirectory;
using Orleans.Runtime.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the clustered engine.</summary>
public static class OrleansEngineServices
{
    /// <summary>
    /// Makes this process a node of a cluster and adds <see cref="ISessionEngine"/>, with sessions and runs as grains on PostgreSQL. Options
    /// come from the sections <see cref="OrleansOptions.Section"/> and <see cref="PostgresOptions.Section"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static IServiceCollection AddOrleansSessionEngine(this IServiceCollection services, IConfiguration configuration)
    {
        OrleansOptions options = OrleansSettings.Read(configuration);
        services.AddPostgresSessionStore(configuration);
        services.AddSingleton<IHostedService, NodeStartCheck>();
        services.AddSingleton<IHostedService, OrleansSchema>();

        // Nothing an operator can act on: an event for a reader who has just left, advice about the collector, a watchdog that takes the time since
        // the machine's start for its own silence, lines of the resilience library for each activation that is placed, or is not (who asked for it
        // is told), a grain service's share of the ring, and the stack traces of connections and probes that a dead node breaks off: NodeWatch,
        // SilenceWatch and ClusterNode say which node it is. That a node cannot be connected to stays: of a firewall between two nodes there is no
        // other sign.
        services.AddLogging(static logging => logging
            .AddFilter("Orleans", LogLevel.Warning)
            .AddFilter("Orleans.Streams.StreamConsumerExtension", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Messaging.Connection", LogLevel.Error)
            .AddFilter("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Warning)
            .AddFilter("Orleans.Runtime.MembershipService.SiloHealthMonitor", LogLevel.Error)
            .AddFilter("Polly", LogLevel.Critical)
            .AddFilter(typeof(NodeWitness).FullName, LogLevel.Warning));
        services.Configure<HostOptions>(host =>
        {
            TimeSpan needed = options.DrainTime + OrleansSettings.LeaveTime;
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        services.AddGrainService<NodeWitness>();
        services.AddSingleton(static provider => new NodePulse(new NodeWitnesses(provider).AnswerAsync));
        services.AddHostedService(NodeWatch.Of);
        services.AddHostedService(SilenceWatch.Of);
        return services.AddOrleans(silo => silo.UsePostgres(options).AddSessionGrains(options));
    }

    private static ISiloBuilder UsePostgres(this ISiloBuilder silo, OrleansOptions options)
    {
        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });
        silo.Configure<SiloOptions>(node => node.SiloName = options.NodeName ?? Environment.MachineName);
        try
        {
            silo.ConfigureEndpoints(options.Address, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: true);
        }
        catch (SocketException unknown)
        {
            throw new InvalidOperationException(
                $"{OrleansOptions.Section}:{nameof(options.Address)} must be an IP address or a host name that is known here: {unknown.Message}", unknown);
        }

        silo.Services.PostConfigure<EndpointOptions>(static endpoints =>
        {
            if (endpoints.AdvertisedIPAddress.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // Any address means any of the older family.
                endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.IPv6Any, endpoints.SiloPort);
                endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.IPv6Any, endpoints.GatewayPort);
            }
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeInterval;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);

            // After a crash of every node, those that come back elsewhere wait three times this before they call the others dead.
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.Configure<GrainCollectionOptions>(static collection => collection.CollectionAge = TimeSpan.FromMinutes(5));
        silo.UseAdoNetClustering(static clustering => clustering.Configure<IOptions<PostgresOptions>>(static (ado, postgres) =>
        {
            ado.Invariant = OrleansSettings.Invariant;
            ado.ConnectionString = OrleansSettings.ConnectionString(postgres.Value);
        }));
        silo.UseAdoNetReminderService(static reminders => reminders.Configure<IOptions<PostgresOptions>>(static (ado, postgres) =>
        {
            ado.Invariant = OrleansSettings.Invariant;
            ado.ConnectionString = OrleansSettings.ConnectionString(postgres.Value);
        }));
        silo.AddAdoNetGrainStorage(OrleansSettings.SubscriptionStore, static storage => storage.Configure<IOptions<PostgresOptions>>(static (ado, postgres) =>
        {
            ado.Invariant = OrleansSettings.Invariant;
            ado.ConnectionString = OrleansSettings.ConnectionString(postgres.Value);
        }));
        silo.Services.Replace(ServiceDescriptor.Singleton<IFatalErrorHandler, NodeEnd>());
        silo.Services.AddSingleton<StoredDirectory>();
        silo.Services.AddSingleton<IGrainDirectoryResolver>(DirectoryGrains.OfStored);
        silo.AddGrainDirectory(StoredDirectory.Name, static (services, _) => services.GetRequiredService<StoredDirectory>());
        return silo.UseStreams(options);
    }
}
