namespace AgentSessions.Orleans.Streams;

/// <summary>Subscribes while there are readers: one step after the other, the first and the last reader may come and go at any moment.</summary>
internal sealed class FollowedStream(StreamSubscription subscription, Action<Exception> failed)
{
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private int _readers;
    private bool _isSubscribed;
    private bool _isWorking;
    private bool _isOver;

    /// <summary>Counts a first reader in or a last one out; false once this was given up.</summary>
    /// <param name="change">1 or -1.</param>
    /// <param name="over">Called when nobody is left.</param>
    public bool TryCount(int change, Action over)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            _readers += change;
            if (!_isWorking)
            {
                _isWorking = true;
                _ = Task.Run(() => WorkAsync(over));
            }

            return true;
        }
    }

    private async Task WorkAsync(Action over)
    {
        while (IsChangeWanted(out bool subscribe))
        {
            try
            {
                await (subscribe ? subscription.BeginAsync() : subscription.EndAsync());
                _isSubscribed = subscribe;
            }
            catch (Exception exception)
            {
                failed(exception);

                // One that could not be ended brings events that nobody reads, and is dropped with this node at the latest.
                _isSubscribed = false;
                await Task.Delay(_retryDelay);
            }
        }

        if (_isOver)
        {
            over();
        }
    }

    private bool IsChangeWanted(out bool subscribe)
    {
        lock (_gate)
        {
            subscribe = _readers > 0;
            if (subscribe != _isSubscribed)
            {
                return true;
            }

            _isWorking = false;
            _isOver = !subscribe;
            return false;
        }
    }
}
