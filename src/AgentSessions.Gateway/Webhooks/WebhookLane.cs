namespace AgentSessions.Gateway.Webhooks;

/// <summary>The way to one endpoint, beside those to the others: so many events at a time, and only one while it lets them time out.</summary>
/// <param name="send">One try.</param>
internal sealed class WebhookLane(Func<WebhookEvent, CancellationToken, ValueTask<(bool Delivered, string Result)>> send) : IDisposable
{
    /// <summary>How many events are on the way at a time to an endpoint that answers.</summary>
    public const int Width = 8;

    private readonly SemaphoreSlim _slots = new(Width);
    private readonly Lock _lock = new();
    private int _underWay;
    private bool _isStuck;

    /// <summary>Whether an event need not be brought here now: the last one timed out, and the next is being tried.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _isStuck && _underWay > 0;
            }
        }
    }

    /// <summary>Tries to send an event once there is room.</summary>
    /// <returns>Whether it was taken, and what it came to; null if it was not tried, because the endpoint has begun to let events time out.</returns>
    public async Task<(bool Delivered, string Result)?> TrySendAsync(WebhookEvent happened, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return TryBegin() ? await SendAsync(happened, cancellationToken) : null;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private async ValueTask<(bool Delivered, string Result)> SendAsync(WebhookEvent happened, CancellationToken cancellationToken)
    {
        bool isStuck = true;
        try
        {
            (bool Delivered, string Result) came = await send(happened, cancellationToken);
            isStuck = came.Result == WebhookSender.TimedOut;
            return came;
        }
        finally
        {
            End(isStuck);
        }
    }

    private bool TryBegin()
    {
        lock (_lock)
        {
            if (_isStuck && _underWay > 0)
            {
                return false;
            }

            _underWay++;
            return true;
        }
    }

    private void End(bool isStuck)
    {
        lock (_lock)
        {
            _underWay--;
            _isStuck = isStuck;
        }
    }
}
