using AgentSessions.Core;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Hosting;
using AgentSessions.Orleans.Settings;
using AgentSessions.Orleans.Streams.Direct;
using AgentSessions.Postgres;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the clustered engine in a process that is no node.</summary>
public static class OrleansClusterClientServices
{
    /// <summary>How long a client may send calls to a node that is called dead.</summary>
    private static readonly TimeSpan _gatewayRefresh = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds <see cref="ISessionEngine"/> over a cluster that runs elsewhere: writes go to its nodes, reads to its PostgreSQL. Options come from
    /// the sections <see cref="OrleansOptions.Section"/> (cluster id, service id, stream provider) and <see cref="PostgresOptions.Section"/>.
    /// </summary>
    /// <remarks>The host runs no agents and applies no schema. It must be able to reach the nodes' <see cref="OrleansOptions.GatewayPort"/>.</remarks>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names its key.</exception>
    public static IServiceCollection AddAgentSessionsClusterClient(this IServiceCollection services, IConfiguration configuration)
    {
        OrleansOptions options = OrleansSettings.Read(configuration);
        services.AddPostgresSessionStore(configuration);
        services.PostConfigure<PostgresOptions>(static postgres => postgres.ApplySchema = false);
        services.AddOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = options.ClusterId;
                cluster.ServiceId = options.ServiceId;
            });
            client.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = _gatewayRefresh);
            client.UseAdoNetClustering(static clustering => clustering.Configure<IOptions<PostgresOptions>>(static (ado, postgres) =>
            {
                ado.Invariant = OrleansSettings.Invariant;
                ado.ConnectionString = OrleansSettings.ConnectionString(postgres.Value);
            }));
            client.AddSessionClient(options);
        });
        return services;
    }

    /// <summary>Adds the engine to a client, besides its store and the way to its cluster.</summary>
    internal static IClientBuilder AddSessionClient(this IClientBuilder client, OrleansOptions options)
    {
        if (options.StreamProvider == OrleansOptions.MemoryStreams)
        {
            client.AddMemoryStreams(options.StreamProvider, static streams => streams.ConfigurePartitioning(NodeStreams.Queues));
        }

        client.Services.AddSessionEngine(options);
        client.Services.AddSingleton<IDetours, ClientDetours>();
        client.Services.AddHostedService<ClientStreams>();
        if (options.StreamProvider == OrleansOptions.Direct)
        {
            client.Services.AddHostedService<ClientMeetings>();
        }

        return client;
    }

    /// <summary>Connects the client's streams before anybody reads.</summary>
    private sealed class ClientStreams(IServiceProvider services, StreamHub hub) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            hub.Connect(services.GetRequiredService<IStreamRelay>());
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
