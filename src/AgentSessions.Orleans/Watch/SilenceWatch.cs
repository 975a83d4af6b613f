using AgentSessions.Orleans.Placement;
using AgentSessions.Orleans.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Watch;

/// <summary>Has a node called dead that hangs: its machine takes connections, and it answers nobody for <see cref="OrleansOptions.SilenceLimit"/>.</summary>
/// <remarks>
/// A node that this one does not hear may be well, and the way to it cut. So it is dead only if another one does not hear it either and none does;
/// until then, and where it is only the way, calls make a detour (<see cref="Calls.NodeDetours"/>) and nothing new is placed there.
/// </remarks>
/// <param name="here">This node.</param>
/// <param name="members">The members as they are known now.</param>
/// <param name="refresh">Reads the members anew.</param>
/// <param name="kill">Calls a node dead.</param>
/// <param name="pulse">Who answers.</param>
/// <param name="ask">Asks a node (the first) how many beats it has not heard another one (the second).</param>
/// <param name="nodes">Told which nodes do not answer.</param>
/// <param name="options">How long a silence may be.</param>
/// <param name="time">Measures beats.</param>
/// <param name="logger">Told of every node that is called dead.</param>
internal sealed partial class SilenceWatch(
    SiloAddress here,
    Func<IEnumerable<ClusterMember>> members,
    Func<Task> refresh,
    Func<SiloAddress, Task> kill,
    NodePulse pulse,
    Func<SiloAddress, SiloAddress, Task<int?>> ask,
    NodeStates nodes,
    OrleansOptions options,
    TimeProvider time,
    ILogger<SilenceWatch> logger) : BackgroundService
{
    /// <summary>After so many beats without an answer a node is not relied on.</summary>
    public const int Doubt = 3;

    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    /// <summary>Between two beats so much passes only if this process stood still.</summary>
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(3);

    private readonly int _limit = Math.Max(Doubt, (int)Math.Ceiling(options.SilenceLimit / _beat));
    private long _lastBeat = time.GetTimestamp();
    private bool _hearsNobody;

    /// <summary>The watch of a node, with the other nodes as witnesses.</summary>
    public static SilenceWatch Of(IServiceProvider services)
    {
        var witnesses = new NodeWitnesses(services);
        IClusterMembershipService membership = services.GetRequiredService<IClusterMembershipService>();
        return new SilenceWatch(
            services.GetRequiredService<ILocalSiloDetails>().SiloAddress,
            () => membership.CurrentSnapshot.Members.Values,
            () => membership.Refresh().AsTask(),
            membership.TryKill,
            services.GetRequiredService<NodePulse>(),
            witnesses.MissedAsync,
            services.GetRequiredService<NodeStates>(),
            services.GetRequiredService<OrleansOptions>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SilenceWatch>>());
    }

    /// <summary>One beat: asks everybody, and judges those that are this node's to watch and have been silent for too long.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (HasStoodStill() || _hearsNobody)
        {
            await RefreshAsync(cancellationToken);
        }

        SiloAddress[] others = Neighbours.Of(here, members());
        pulse.Beat(others);
        HashSet<SiloAddress> doubted = [.. others.Where(node => pulse.MissedBy(node) >= Doubt)];
        nodes.Doubt(doubted);
        _hearsNobody = doubted.Count > 0 && doubted.Count == others.Length;
        await Task.WhenAll(others.Take(Neighbours.Count).Where(node => pulse.MissedBy(node) >= _limit).Select(node => JudgeAsync(node, others, cancellationToken)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_beat, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await BeatAsync(stoppingToken);
        }
    }

    private bool HasStoodStill()
    {
        long now = time.GetTimestamp();
        bool stoodStill = time.GetElapsedTime(_lastBeat, now) > _standstill;
        _lastBeat = now;
        return stoodStill;
    }

    /// <summary>Others may have called this node dead. The sooner it knows, the sooner it comes back as a new one.</summary>
    /// <returns>Whether the table could be read.</returns>
    private async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await refresh().WaitAsync(_patience, time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogNotRead(exception);
            return false;
        }
    }

    private async Task JudgeAsync(SiloAddress node, SiloAddress[] others, CancellationToken cancellationToken)
    {
        SiloAddress[] witnesses = [.. others.Where(other => !other.Equals(node)).Take(Neighbours.Count)];
        int?[] missed = await Task.WhenAll(witnesses.Select(witness => AskAsync(witness, node, cancellationToken)));

        // Beats of two nodes are not at the same time, so a witness may be one behind.
        int silent = _limit - 1;
        bool isVouchedFor = missed.Any(count => count < silent);
        bool isConfirmed = witnesses.Length == 0 || missed.Any(count => count >= silent);
        if (isVouchedFor || !isConfirmed)
        {
            return;
        }

        // A verdict is written whenever the table can be, so none is given that might be old by then.
        bool isKnown = await RefreshAsync(cancellationToken);
        if (!isKnown || pulse.MissedBy(node) is not { } stillMissed || stillMissed < _limit || !Neighbours.Of(here, members()).Contains(node))
        {
            return;
        }

        try
        {
            LogDead(node, stillMissed);
            await kill(node).WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The table of members cannot be written right now; the next beat finds the node again.
            LogNotWritten(node, exception);
        }
    }

    private async Task<int?> AskAsync(SiloAddress witness, SiloAddress node, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(witness, node).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Silent itself, or of a version that cannot be asked.
            return null;
        }
    }

    [LoggerMessage(3165, LogLevel.Warning, "Node {Node} has not answered for {Seconds} s, neither here nor elsewhere; it is called dead.")]
    private partial void LogDead(SiloAddress node, int seconds);

    [LoggerMessage(3166, LogLevel.Warning, "Node {Node} could not be called dead; it is tried again.")]
    private partial void LogNotWritten(SiloAddress node, Exception exception);

    [LoggerMessage(3167, LogLevel.Debug, "The table of members cannot be read right now.")]
    private partial void LogNotRead(Exception exception);
}
