namespace AgentSessions.Models.Calls;

/// <summary>Watches one attempt: its silence, which each sign of life ends, and its whole length, which nothing prolongs.</summary>
internal sealed class CallTimer : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly ITimer _silence;
    private readonly ITimer _whole;
    private (string What, TimeSpan Limit) _expected;
    private (string What, TimeSpan Limit)? _expired;

    public CallTimer(TimeProvider time, TimeSpan total, CancellationToken caller)
    {
        _caller = caller;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _expected = ("no answer", total);
        _silence = time.CreateTimer(_ => Expire(_expected.What, _expected.Limit), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _whole = time.CreateTimer(_ => Expire("no end of the answer", total), null, total, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled by the caller, or by a time-out.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>From here on, the next sign of life must come within this time.</summary>
    public void Expect(string what, TimeSpan within)
    {
        _expected = (what, within);
        _silence.Change(within, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nothing is awaited for now.</summary>
    public void Rest() => _silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>What did not come in time, and how long it was waited for; null while nothing is late, and when the caller cancelled.</summary>
    public (string What, TimeSpan Limit)? Expired => CallerCancelled ? null : _expired;

    public bool CallerCancelled => _caller.IsCancellationRequested;

    public void Dispose()
    {
        _silence.Dispose();
        _whole.Dispose();
        _source.Dispose();
    }

    private void Expire(string what, TimeSpan limit)
    {
        try
        {
            _expired ??= (what, limit);
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended while the timer fired.
        }
    }
}
