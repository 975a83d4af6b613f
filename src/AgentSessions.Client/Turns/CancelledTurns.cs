namespace AgentSessions.Client.Turns;

/// <summary>Sends the stops of turns whose send was cancelled. They outlive the cancelled call, and the chat waits for them when it is disposed.</summary>
internal sealed class CancelledTurns(Func<CancellationToken, Task> stop, TimeProvider time) : IAsyncDisposable
{
    // Longer than a server takes to restart; a stop that comes later would hit some other turn.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task _pending = Task.CompletedTask;

    public void Add()
    {
        lock (_lock)
        {
            _pending = Task.WhenAll(_pending, SendAsync());
        }
    }

    /// <summary>Waits for what is under way, at most 10 s.</summary>
    public async ValueTask DisposeAsync()
    {
        Task pending;
        lock (_lock)
        {
            pending = _pending;
        }

        await pending.ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        using var limit = new CancellationTokenSource(_limit, time);
        try
        {
            await Task.Run(() => stop(limit.Token), limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or Protocol.Errors.SessionException)
        {
            // Nobody is left to be told: the caller has its cancellation, and the turn ends by itself.
        }
    }
}
