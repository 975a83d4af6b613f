using AgentSessions.Orleans.Calls;
using Microsoft.Extensions.Hosting;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Keeps the relay of a process that is no node in touch with the nodes.</summary>
internal sealed class ClientMeetings(IClusterClient client, DirectRelay relay, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            try
            {
                relay.Meet((await client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(_patience, time, stoppingToken)).Keys);
            }
            catch (Exception exception) when (GrainFaults.IsUnreachable(exception))
            {
                // No node can be reached just now; until one can, readers look at the store.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
