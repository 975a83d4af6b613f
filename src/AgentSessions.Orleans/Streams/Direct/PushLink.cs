namespace AgentSessions.Orleans.Streams.Direct;

/// <summary>The way to one process that follows streams: one call is under way, and what comes meanwhile, of all streams, goes with the next.</summary>
/// <param name="send">Calls the process.</param>
/// <param name="failed">Told when it cannot be reached; then this is over.</param>
/// <param name="time">Measures calls.</param>
internal sealed class PushLink(Func<StreamPush[], bool, Task> send, Action<Exception> failed, TimeProvider time)
{
    /// <summary>What may wait for a process that is slow; readers there find the rest in the store.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>A call that takes longer is given up.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private List<StreamPush> _waiting = [];
    private int _bytes;
    private bool _isGap;
    private bool _isSending;
    private bool _isOver;

    /// <summary>Whether the process knows <see cref="StreamEvent.Interruption"/>. Default: false.</summary>
    public bool HearsInterruptions { get; init; }

    /// <summary>Adds an event. Never waits and never fails.</summary>
    public void Add(StreamPush push)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            if (_bytes + push.Event.Records.Length > MaxBytes)
            {
                _waiting.Clear();
                _bytes = 0;
                _isGap = true;
            }

            _waiting.Add(push);
            _bytes += push.Event.Records.Length;
            if (_isSending)
            {
                return;
            }

            _isSending = true;
        }

        // On the pool: the caller may be a grain, and its turn must not wait for this.
        _ = Task.Run(SendAsync);
    }

    private async Task SendAsync()
    {
        try
        {
            while (TryTake(out StreamPush[] pushes, out bool isGap))
            {
                await send(pushes, isGap).WaitAsync(_patience, time);
            }
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                _isOver = true;
                _waiting = [];
            }

            failed(exception);
        }
    }

    private bool TryTake(out StreamPush[] pushes, out bool isGap)
    {
        lock (_gate)
        {
            (pushes, isGap) = ([.. _waiting], _isGap);
            _waiting.Clear();
            (_bytes, _isGap) = (0, false);
            return _isSending = pushes.Length > 0;
        }
    }
}
