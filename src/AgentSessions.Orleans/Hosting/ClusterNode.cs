using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Hosting;

/// <summary>This node's life in the cluster: connects its streams, has the sessions of nodes that left looked after, and drains before it leaves itself.</summary>
internal sealed partial class ClusterNode(
    IServiceProvider services,
    IClusterClient client,
    IClusterMembershipService membership,
    ClusterDrain drain,
    NodeStates nodes,
    NodeNews news,
    WarmUp warmUp,
    ILocalSiloDetails here,
    RunHost runs,
    StreamHub hub,
    OrleansOptions options,
    IHostApplicationLifetime lifetime,
    ILogger<ClusterNode> logger) : BackgroundService
{
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _tellPatience = TimeSpan.FromMilliseconds(250);

    private Task? _draining;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        hub.Connect(services.GetRequiredService<IStreamRelay>());
        lifetime.ApplicationStopping.Register(BeginDrain);
        if (options.Role == OrleansRole.Silo)
        {
            nodes.Comes(here.SiloAddress);
        }

        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginDrain();
        await base.StopAsync(cancellationToken);
        await _draining!.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WarmUpAsync(stoppingToken), WatchAsync(stoppingToken));

    private async Task WarmUpAsync(CancellationToken stoppingToken)
    {
        if (options.Role != OrleansRole.Silo)
        {
            return;
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            limit.CancelAfter(NodeStates.LongestWarmUp);
            await Task.Run(() => warmUp.RunAsync(limit.Token), limit.Token);
        }
        catch (Exception exception)
        {
            // Then the first sessions wait a little.
            LogCold(exception);
        }

        // Who asks whether it is warm may then count on it that the others place sessions here.
        await news.TellAsync(isLeaving: false, stoppingToken);
        nodes.IsWarm(here.SiloAddress);
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        await SweepAsync(stoppingToken);
        var roster = new NodeRoster(here.SiloAddress);
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            (IReadOnlyList<ClusterMember> came, IReadOnlyList<ClusterMember> left, bool isAnyGone) = roster.Read(snapshot.Members.Values);
            foreach (ClusterMember member in came)
            {
                LogNodeCame(member.Name, member.SiloAddress);
            }

            foreach (ClusterMember member in left)
            {
                LogNodeGone(member.Name, member.SiloAddress);
            }

            if (isAnyGone)
            {
                nodes.Forget(roster.Gone);
                hub.RingAll();
                await SweepAsync(stoppingToken);
            }
        }
    }

    /// <summary>From now on nothing new starts here: turns that live finish within a bound, and what they leave undone other nodes go on with.</summary>
    private void BeginDrain()
    {
        lock (drain)
        {
            if (_draining is null)
            {
                drain.Begin();
                _draining = DrainAsync();
            }
        }
    }

    /// <summary>The others know first, so that nothing that leaves comes back.</summary>
    private async Task DrainAsync()
    {
        await Task.WhenAny(news.TellAsync(isLeaving: true, CancellationToken.None), Task.Delay(_tellPatience));
        await runs.StopAsync(options.DrainTime, CancellationToken.None);
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await client.GetGrain<ISweepGrain>(ISweepGrain.Name).SweepAsync();
                return;
            }
            catch (Exception exception)
            {
                LogNoSweep(exception.Message, StoreFault.TraceOf(exception));
            }

            await Task.Delay(_retryDelay, stoppingToken);
        }
    }

    [LoggerMessage(3140, LogLevel.Information, "Node {Name} ({Node}) has left the cluster; its sessions are looked after.")]
    private partial void LogNodeGone(string name, SiloAddress node);

    [LoggerMessage(3143, LogLevel.Information, "Node {Name} ({Node}) has joined the cluster.")]
    private partial void LogNodeCame(string name, SiloAddress node);

    [LoggerMessage(3142, LogLevel.Warning, "The node could not warm itself up; its first sessions wait a little.")]
    private partial void LogCold(Exception exception);

    [LoggerMessage(3141, LogLevel.Warning, "The sweeper cannot be reached; it is tried again: {Reason}")]
    private partial void LogNoSweep(string reason, Exception? exception);
}
