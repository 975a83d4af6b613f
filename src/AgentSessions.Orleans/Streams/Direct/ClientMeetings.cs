using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>Keeps the relay of a process that is no node in touch with the nodes.</summary>
internal sealed partial class ClientMeetings(
    IClusterClient client, DirectRelay relay, TimeProvider time, ILogger<ClientMeetings> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        bool isKnown = true;
        do
        {
            try
            {
                relay.Meet((await client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(_patience, time, stoppingToken)).Keys);
                isKnown = true;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // No node can be reached, or none can read the table: a database's failures come as whatever this process makes of them.
                if (isKnown)
                {
                    LogUnknown(exception);
                }

                isKnown = false;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(3180, LogLevel.Warning, "The cluster's nodes cannot be asked for; until they can, readers look at the store.")]
    private partial void LogUnknown(Exception exception);
}
