using System.Net;
using AgentSessions.Gateway.Stagent.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Stagent.Access;

/// <summary>Where the server listens. Known once it does, and then the start is refused if callers without a token could come from elsewhere.</summary>
internal sealed class ListeningAddresses(IServer server, IOptions<StagentOptions> options) : IHostedLifecycleService
{
    private readonly Lazy<bool> _areLoopback = new(() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses is { Count: > 0 } addresses && addresses.All(IsLoopback));

    /// <summary>Whether only this machine can connect.</summary>
    public bool AreLoopback => _areLoopback.Value;

    public Task StartedAsync(CancellationToken cancellationToken) => options.Value.Auth == StagentAuth.None && !AreLoopback
        ? throw new InvalidOperationException(
            $"{StagentOptions.Section}:Auth is None, but the server listens beyond this machine; set it to Bearer, or listen on loopback only")
        : Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? url)
        && (url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip)));
}
