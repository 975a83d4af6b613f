using System.Collections.Concurrent;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Auth;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Webhooks;

/// <summary>One try to bring an event to an endpoint.</summary>
/// <returns>Whether it was taken, and what it came to.</returns>
internal delegate ValueTask<(bool Delivered, string Result)> WebhookTry(string endpoint, WebhookEvent happened, CancellationToken cancellationToken);

/// <summary>Looks into the outbox and delivers what is due, again and again until it is taken or given up. At least once, on whichever node.</summary>
/// <remarks>
/// Nobody waits for somebody else's endpoint: environments are looked at side by side, a look waits for no delivery, the endpoints of an event get
/// it at the same time, and each endpoint has a lane of its own.
/// </remarks>
internal sealed partial class WebhookDispatcher : BackgroundService
{
    private const int Page = 100;

    // What one environment has on the way at a time. More than the lanes take: events wait in front of a lane, and are put back when it closes.
    private const int MaxUnderWay = 64;

    private readonly WebhookStore _store;
    private readonly KeyRing _keys;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookDispatcher> _logger;
    private readonly ConcurrentDictionary<string, WebhookLane> _lanes = new(StringComparer.Ordinal);
    private readonly Func<string, WebhookLane> _newLane;

    // How long all tries of a delivery may take; one that waited for its turn for so long is given up as well, or they would pile up.
    private readonly TimeSpan _patience;

    // An event may wait for its lane behind all that is under way.
    private readonly TimeSpan _lease;

    public WebhookDispatcher(
        WebhookStore store, WebhookSender sender, KeyRing keys, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookDispatcher> logger)
        : this(store, sender.SendAsync, keys, options, time, logger)
    {
    }

    /// <summary>With another way to make a try.</summary>
    internal WebhookDispatcher(WebhookStore store, WebhookTry send, KeyRing keys, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookDispatcher> logger)
    {
        _store = store;
        _keys = keys;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _newLane = endpoint => new WebhookLane((happened, token) => send(endpoint, happened, token));
        _patience = _options.Delays.Aggregate(_options.Timeout, (sum, delay) => sum + delay + _options.Timeout);
        _lease = (_options.Timeout * ((MaxUnderWay / WebhookLane.Width) + 1)) + TimeSpan.FromSeconds(30);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _options.Endpoints.Count == 0 ? Task.CompletedTask : Task.WhenAll(_keys.Environments.Select(environment => ServeAsync(environment, stoppingToken)));

    public override void Dispose()
    {
        foreach (WebhookLane lane in _lanes.Values)
        {
            lane.Dispose();
        }

        base.Dispose();
    }

    private async Task ServeAsync(string environment, CancellationToken stoppingToken)
    {
        var underWay = new List<Task>();
        using var timer = new PeriodicTimer(_options.PollInterval, _time);
        try
        {
            do
            {
                await TryLookAsync(environment, underWay, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(underWay);
        }
    }

    private async Task TryLookAsync(string environment, List<Task> underWay, CancellationToken stoppingToken)
    {
        try
        {
            // What is behind endpoints that let events time out is not read again and again: each opens for a look between two tries.
            if (!AreAllClosed(environment))
            {
                await BeginAsync(environment, _store.ReadUntriedAsync(environment, Page, stoppingToken), underWay, stoppingToken);
                await BeginAsync(environment, _store.ReadAppointedAsync(environment, Page, stoppingToken), underWay, stoppingToken);
            }

            await _store.TrimAsync(environment, _time.GetUtcNow() - _options.KeepFor, stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogLookFailed(exception.Message, StoreFault.TraceOf(exception));
        }
    }

    /// <summary>Begins the deliveries of what is due, up to where nothing can be sent any more. Those who have waited too long stand first.</summary>
    private async Task BeginAsync(string environment, IAsyncEnumerable<PendingWebhook> events, List<Task> underWay, CancellationToken stoppingToken)
    {
        await foreach (PendingWebhook pending in events)
        {
            if (DueAt(pending.Happened) is { } endpoints)
            {
                underWay.Add(TryDeliverAsync(pending, endpoints, stoppingToken));
                underWay.RemoveAll(static task => task.IsCompleted);
                if (underWay.Count >= MaxUnderWay)
                {
                    await Task.WhenAny(underWay);
                }
            }
            else if (AreAllClosed(environment))
            {
                return;
            }
        }
    }

    /// <summary>Whether no endpoint of an environment's events takes any now.</summary>
    private bool AreAllClosed(string environment)
    {
        string[] endpoints = [.. _options.Endpoints.Where(endpoint => endpoint.Value.Environment is null || endpoint.Value.Environment == environment).Select(static endpoint => endpoint.Key)];
        return endpoints.Length > 0 && Array.TrueForAll(endpoints, endpoint => LaneTo(endpoint).IsClosed);
    }

    /// <summary>The endpoints to bring an event to now; null when there is nothing to do, or somebody else is at it.</summary>
    private string[]? DueAt(WebhookEvent happened)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (happened.LeasedUntil > now)
        {
            return null;
        }

        string[] due =
        [
            .. happened.Deliveries.Where(pair => pair.Value.NextAt <= now && (!LaneTo(pair.Key).IsClosed || HasWaitedLong(pair.Value))).Select(static pair => pair.Key),
        ];

        // One that is done at every endpoint and still here is only to be moved to the log.
        return due.Length > 0 || happened.NextAt is null ? due : null;
    }

    private async Task TryDeliverAsync(PendingWebhook pending, string[] endpoints, CancellationToken stoppingToken)
    {
        WebhookEvent happened = pending.Happened;
        try
        {
            if (await _store.LeaseAsync(pending.Entry, happened, _lease, stoppingToken) is not { } version)
            {
                return;
            }

            WebhookDelivery[] came = await Task.WhenAll(endpoints.Select(endpoint => DeliverAsync(endpoint, happened, happened.Deliveries[endpoint], stoppingToken)));
            foreach ((string endpoint, WebhookDelivery delivery) in endpoints.Zip(came))
            {
                happened.Deliveries[endpoint] = delivery;
            }

            await _store.KeepAsync(pending, happened with { LeasedUntil = null }, version, stoppingToken);
        }
        catch (Exception exception)
        {
            // At a stop the lease runs out, and another node or the next start tries again.
            if (!stoppingToken.IsCancellationRequested)
            {
                LogLookFailed(exception.Message, StoreFault.TraceOf(exception));
            }
        }
    }

    private async Task<WebhookDelivery> DeliverAsync(string endpoint, WebhookEvent happened, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        (bool Delivered, string Result)? came = await LaneTo(endpoint).TrySendAsync(happened, cancellationToken);
        if (came is null && !HasWaitedLong(delivery))
        {
            return delivery;
        }

        WebhookDelivery next = came is { } tried ? Next(delivery, tried.Delivered, tried.Result) : delivery with { NextAt = null, LastResult = WebhookSender.TimedOut };
        if (next is { NextAt: null, DeliveredAt: null })
        {
            LogGivenUp(happened.Id, endpoint, next.LastResult);
        }

        return next;
    }

    private WebhookLane LaneTo(string endpoint) => _lanes.GetOrAdd(endpoint, _newLane);

    private bool HasWaitedLong(WebhookDelivery delivery) => _time.GetUtcNow() - delivery.NextAt > _patience;

    private WebhookDelivery Next(WebhookDelivery delivery, bool delivered, string result)
    {
        IReadOnlyList<TimeSpan> delays = _options.Delays;
        DateTimeOffset now = _time.GetUtcNow();
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
    private partial void LogGivenUp(string eventId, string endpoint, string? result);

    [LoggerMessage(5102, LogLevel.Warning, "The webhooks' outbox could not be looked at; it is tried again: {Reason}")]
    private partial void LogLookFailed(string reason, Exception? exception);
}
