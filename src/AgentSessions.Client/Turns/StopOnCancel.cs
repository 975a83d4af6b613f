using AgentSessions.Protocol.Records;

namespace AgentSessions.Client.Turns;

/// <summary>One turn that is stopped when its send is cancelled.</summary>
/// <param name="turns">Sends the stop.</param>
/// <param name="reader">The turn's reader.</param>
/// <param name="sequence">The message's sequence on <c>in</c>.</param>
/// <param name="from">Where its turn is looked for on <c>out</c>.</param>
internal sealed class StopOnCancel(CancelledTurns turns, TurnReader reader, long sequence, Cursor from)
{
    private CancellationTokenRegistration _registration;
    private volatile bool _isDetached;
    private int _isStopped;

    public long Sequence => sequence;

    public Cursor From => from;

    /// <summary>Whether somebody reads the turn, and so knows that it is not over.</summary>
    public bool IsRead { get; set; }

    /// <summary>Nobody wants the turn stopped any more.</summary>
    public void LetGo() => turns.LetGo(this);

    /// <summary>Stops the turn, once, unless it is over or let go. The send was cancelled.</summary>
    public void Stop()
    {
        if (!_isDetached && !reader.IsComplete && Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            turns.Stop(this);
        }
    }

    public void Attach(CancellationToken cancellationToken)
    {
        _registration = cancellationToken.UnsafeRegister(static turn => ((StopOnCancel)turn!).Stop(), this);
        if (_isDetached)
        {
            _registration.Unregister();
        }
    }

    /// <summary>From here on cancelling does nothing, and the token keeps nothing. Waits for nothing.</summary>
    public void Detach()
    {
        _isDetached = true;
        _registration.Unregister();
    }
}
