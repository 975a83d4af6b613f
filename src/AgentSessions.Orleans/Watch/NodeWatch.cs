using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Watch;

/// <summary>Has a node called dead as soon as nothing listens at its address any more: its process ended without leaving.</summary>
/// <remarks>
/// Probes take a missing answer for slowness and wait for three. That a connection is refused is a fact and needs no patience. But what refuses may
/// also be a firewall between two nodes, so a third one, if there is any, must be refused as well; otherwise it is left to the probes.
/// </remarks>
/// <param name="here">This node.</param>
/// <param name="members">The members as they are known now.</param>
/// <param name="refresh">Reads the members anew.</param>
/// <param name="kill">Calls a node dead.</param>
/// <param name="ask">Asks a node (the first) whether another one (the second) refuses it too.</param>
/// <param name="time">Measures pauses.</param>
/// <param name="logger">Told of every node that is called dead.</param>
internal sealed partial class NodeWatch(
    SiloAddress here,
    Func<IEnumerable<ClusterMember>> members,
    Func<Task> refresh,
    Func<SiloAddress, Task> kill,
    Func<SiloAddress, SiloAddress, Task<bool>> ask,
    TimeProvider time,
    ILogger<NodeWatch> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>The watch of a node, with the other nodes as witnesses.</summary>
    public static NodeWatch Of(IServiceProvider services)
    {
        var witnesses = new NodeWitnesses(services);
        IClusterMembershipService membership = services.GetRequiredService<IClusterMembershipService>();
        return new NodeWatch(
            services.GetRequiredService<ILocalSiloDetails>().SiloAddress,
            () => membership.CurrentSnapshot.Members.Values,
            () => membership.Refresh().AsTask(),
            membership.TryKill,
            witnesses.AskAsync,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<NodeWatch>>());
    }

    /// <summary>Looks once at the nodes that are this one's to watch.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        SiloAddress[] others = Neighbours.Of(here, members());
        await Task.WhenAll(others.Take(Neighbours.Count).Select(node => LookAtAsync(node, others, cancellationToken)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync(stoppingToken);
        }
    }

    private async Task LookAtAsync(SiloAddress node, SiloAddress[] others, CancellationToken cancellationToken)
    {
        if (!await NodePort.IsRefusedAsync(node.Endpoint, cancellationToken))
        {
            return;
        }

        SiloAddress[] witnesses = [.. others.Where(other => !other.Equals(node)).Take(Neighbours.Count)];
        if (witnesses.Length > 0 && !(await Task.WhenAll(witnesses.Select(witness => AskAsync(witness, node, cancellationToken)))).Contains(true))
        {
            return;
        }

        try
        {
            // A verdict is written whenever the table can be, so none is given that might be old by then.
            await refresh().WaitAsync(_patience, time, cancellationToken);
            if (!Neighbours.Of(here, members()).Contains(node) || !await NodePort.IsRefusedAsync(node.Endpoint, cancellationToken))
            {
                return;
            }

            LogDead(node);
            await kill(node).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The table of members cannot be used right now; the next look finds the node again.
            LogNotWritten(node, exception);
        }
    }

    private async Task<bool> AskAsync(SiloAddress witness, SiloAddress node, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(witness, node).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Gone itself, or of a version that cannot be asked.
            return false;
        }
    }

    [LoggerMessage(3160, LogLevel.Warning, "Nothing listens at the address of node {Node} any more; it is called dead.")]
    private partial void LogDead(SiloAddress node);

    [LoggerMessage(3161, LogLevel.Warning, "Node {Node} could not be called dead; it is tried again.")]
    private partial void LogNotWritten(SiloAddress node, Exception exception);
}
