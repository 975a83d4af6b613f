using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>Sends the stops of turns whose send was cancelled. They outlive the cancelled call, and the chat waits for them when it is disposed.</summary>
/// <param name="stop">Stops the turn that is running.</param>
/// <param name="isOver">Whether a turn that nobody reads is over by now.</param>
/// <param name="time">Measures how late a stop may be.</param>
internal sealed class CancelledTurns(Func<CancellationToken, Task> stop, Func<StopOnCancel, CancellationToken, Task<bool>> isOver, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Turns come one after the other, and so many behind one that nobody reads it is over. A chat that only sends must not grow by each message.</summary>
    private const int MaxWatched = 64;

    // Longer than a server takes to restart; a stop that comes later would hit some other turn.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<StopOnCancel> _watched = [];
    private Task _pending = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Stops a turn whose message may have been stored or not.</summary>
    public void Add() => Add(null);

    /// <summary>Stops a turn once a token is cancelled, until it is over or let go.</summary>
    public StopOnCancel Watch(TurnReader reader, long sequence, Cursor from, CancellationToken cancellationToken)
    {
        var turn = new StopOnCancel(this, reader, sequence, from);
        lock (_lock)
        {
            if (_isDisposed || !cancellationToken.CanBeCanceled)
            {
                return turn;
            }

            _watched.Add(turn);
            if (_watched.Count > MaxWatched)
            {
                _watched[0].Detach();
                _watched.RemoveAt(0);
            }
        }

        turn.Attach(cancellationToken);
        return turn;
    }

    /// <summary>Stops a turn that was cancelled.</summary>
    public void Stop(StopOnCancel turn)
    {
        LetGo(turn);
        Add(turn.IsRead ? null : turn);
    }

    /// <summary>Lets a turn go on whatever is cancelled.</summary>
    public void LetGo(StopOnCancel turn)
    {
        turn.Detach();
        lock (_lock)
        {
            _watched.Remove(turn);
        }
    }

    /// <summary>All messages up to this sequence are answered.</summary>
    public void Answered(long sequence) => LetGoWhere(turn => turn.Sequence <= sequence);

    /// <summary>Waits for the stops that are under way, at most 10 s: one that came after the next message would stop its turn.</summary>
    public Task SentAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _pending.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Lets all turns go on, and waits for the stops that are under way, at most 10 s.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        LetGoWhere(static _ => true);
        await SentAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private void LetGoWhere(Func<StopOnCancel, bool> isOver)
    {
        lock (_lock)
        {
            foreach (StopOnCancel turn in _watched.Where(isOver))
            {
                turn.Detach();
            }

            _watched.RemoveAll(new Predicate<StopOnCancel>(isOver));
        }
    }

    private void Add(StopOnCancel? unread)
    {
        lock (_lock)
        {
            _pending = Task.WhenAll(_pending, SendAsync(unread));
        }
    }

    private async Task SendAsync(StopOnCancel? unread)
    {
        using var limit = new CancellationTokenSource(_limit, time);
        try
        {
            await Task.Run(
                async () =>
                {
                    // The one that is running may be another one by now.
                    if (unread is null || !await isOver(unread, limit.Token).ConfigureAwait(false))
                    {
                        await stop(limit.Token).ConfigureAwait(false);
                    }
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SessionException)
        {
            // Nobody is left to be told: the caller has its cancellation, and the turn ends by itself.
        }
    }
}
