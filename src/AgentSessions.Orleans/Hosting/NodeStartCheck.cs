using System.Net;
using System.Net.Sockets;
using AgentSessions.Orleans.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Streams;

namespace AgentSessions.Orleans.Hosting;

/// <summary>
/// Refuses, before the node shows itself to others, settings that only this machine and this program can tell to be wrong. Orleans would say so with
/// stack traces and no key.
/// </summary>
internal sealed class NodeStartCheck(IOptions<EndpointOptions> endpoints, IServiceProviderIsKeyedService services, OrleansOptions options) : IHostedService
{
    /// <exception cref="InvalidOperationException">A setting cannot work here; the message names its key.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.StreamProvider != OrleansOptions.Direct && !services.IsKeyedService(typeof(IStreamProvider), options.StreamProvider))
        {
            throw Wrong(
                nameof(options.StreamProvider),
                $"must be {OrleansOptions.Direct}, {OrleansOptions.MemoryStreams} or the name of a stream provider that the host registers");
        }

        EndpointOptions here = endpoints.Value;
        CheckFree(here.SiloListeningEndpoint ?? new IPEndPoint(here.AdvertisedIPAddress, here.SiloPort), nameof(options.SiloPort));
        if (here.GatewayPort != 0)
        {
            CheckFree(here.GatewayListeningEndpoint ?? new IPEndPoint(here.AdvertisedIPAddress, here.GatewayPort), nameof(options.GatewayPort));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void CheckFree(IPEndPoint endpoint, string key)
    {
        using var listener = new TcpListener(endpoint);
        try
        {
            listener.Start();
        }
        catch (SocketException refused)
        {
            throw Wrong(key, $"cannot be listened on: {endpoint}: {refused.Message}");
        }
    }

    private static InvalidOperationException Wrong(string key, string what) => new($"{OrleansOptions.Section}:{key} {what}");
}
