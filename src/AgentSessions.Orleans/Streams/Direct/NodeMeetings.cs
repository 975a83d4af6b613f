using AgentSessions.Orleans.Settings;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Keeps a node's relay in touch with the other nodes.</summary>
internal sealed class NodeMeetings(IClusterMembershipService membership, DirectRelay relay, OrleansOptions options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _longestInterval = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowMembersAsync(stoppingToken), AskAsync(stoppingToken));

    private async Task FollowMembersAsync(CancellationToken stoppingToken)
    {
        await foreach (ClusterMembershipSnapshot snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            Meet(snapshot);
        }
    }

    /// <summary>A node may have given this one up; it says so when it is asked.</summary>
    private async Task AskAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval < _longestInterval ? options.PollInterval : _longestInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Meet(membership.CurrentSnapshot);
        }
    }

    private void Meet(ClusterMembershipSnapshot snapshot) =>
        relay.Meet(snapshot.Members.Values.Where(static member => member.Status == SiloStatus.Active).Select(static member => member.SiloAddress));
}
