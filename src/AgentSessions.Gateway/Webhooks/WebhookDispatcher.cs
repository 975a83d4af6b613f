using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>Looks into the outbox and delivers what is due, again and again until it is taken or given up. At least once, on whichever node.</summary>
internal sealed partial class WebhookDispatcher(
    WebhookStore store, WebhookSender sender, KeyRing keys, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookDispatcher> logger) : BackgroundService
{
    private const int Page = 100;
    private const int Parallelism = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Endpoints.Count == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        do
        {
            foreach (string environment in keys.Environments)
            {
                await TryLookAsync(environment, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryLookAsync(string environment, CancellationToken stoppingToken)
    {
        try
        {
            string? after = null;
            IReadOnlyList<StateEntry> page;
            do
            {
                page = await store.ListPendingAsync(environment, after, Page, stoppingToken);
                await Parallel.ForEachAsync(
                    page,
                    new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stoppingToken },
                    async (entry, token) => await DeliverAsync(entry, token));
                after = page.Count > 0 ? page[^1].Key.Name : null;
            }
            while (page.Count == Page);

            await store.TrimAsync(environment, time.GetUtcNow() - options.Value.KeepFor, stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogLookFailed(exception);
        }
    }

    private async ValueTask DeliverAsync(StateEntry entry, CancellationToken cancellationToken)
    {
        WebhookEvent happened = WebhookEvent.Read(entry.Value);
        DateTimeOffset now = time.GetUtcNow();
        if (happened.NextAt > now || happened.LeasedUntil > now)
        {
            return;
        }

        // Longer than all its endpoints may take one after the other, so no other node begins while this one is at it.
        TimeSpan lease = (options.Value.Timeout * happened.Deliveries.Count) + TimeSpan.FromSeconds(30);
        if (await store.LeaseAsync(entry, happened, lease, cancellationToken) is not { } version)
        {
            return;
        }

        foreach ((string endpoint, WebhookDelivery delivery) in happened.Deliveries.Where(pair => pair.Value.NextAt <= now).ToArray())
        {
            (bool delivered, string result) = await sender.SendAsync(endpoint, happened, cancellationToken);
            happened.Deliveries[endpoint] = Next(delivery, delivered, result);
            if (happened.Deliveries[endpoint] is { NextAt: null, DeliveredAt: null })
            {
                LogGivenUp(happened.Id, endpoint, result);
            }
        }

        await store.KeepAsync(entry, happened with { LeasedUntil = null }, version, cancellationToken);
    }

    private WebhookDelivery Next(WebhookDelivery delivery, bool delivered, string result)
    {
        IReadOnlyList<TimeSpan> delays = options.Value.Delays;
        DateTimeOffset now = time.GetUtcNow();
        bool isGone = result == "410";
        return delivery with
        {
            Attempts = delivery.Attempts + 1,
            DeliveredAt = delivered ? now : null,
            NextAt = delivered || isGone || delivery.Attempts >= delays.Count ? null : now + delays[delivery.Attempts],
            LastResult = result,
        };
    }

    [LoggerMessage(5101, LogLevel.Warning, "The webhook {EventId} to {Endpoint} was given up: {Result}")]
    private partial void LogGivenUp(string eventId, string endpoint, string result);

    [LoggerMessage(5102, LogLevel.Warning, "The webhooks' outbox could not be looked at; it is tried again.")]
    private partial void LogLookFailed(Exception exception);
}
