using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;

namespace AgentSessions.Embedded;

/// <summary>One live session's queue of calls: they are handled one at a time, in the order they came.</summary>
internal sealed class SessionMailbox : IRunOwner
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TimeProvider _time;
    private int _callers;
    private long _lastUsed;

    public SessionMailbox(SessionContext context, SessionKey key)
    {
        _time = context.Time;
        _lastUsed = _time.GetTimestamp();
        Actor = new SessionActor(context, key) { Owner = this };
    }

    public SessionActor Actor { get; }

    /// <summary>Counts a caller in; false once the mailbox was retired.</summary>
    public bool TryEnter()
    {
        lock (_turn)
        {
            if (_callers < 0)
            {
                return false;
            }

            _callers++;
            return true;
        }
    }

    public void Exit()
    {
        lock (_turn)
        {
            _callers--;
            _lastUsed = _time.GetTimestamp();
        }
    }

    /// <summary>Takes the mailbox out of use if nobody called for a while and no run lives; what it knew is read again when needed.</summary>
    public bool TryRetire(TimeSpan idle)
    {
        lock (_turn)
        {
            if (_callers != 0 || _time.GetElapsedTime(_lastUsed) < idle || Actor.HasRunHere)
            {
                return false;
            }

            _callers = -1;
            return true;
        }
    }

    public async ValueTask<T> CallAsync<T>(Func<SessionActor, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await call(Actor);
        }
        finally
        {
            _turn.Release();
        }
    }

    async ValueTask IRunOwner.EndAsync(
        RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error, CancellationToken cancellationToken) =>
        await CallAsync(
            async actor =>
            {
                await ((IRunOwner)actor).EndAsync(run, end, progress, consumedThrough, error, cancellationToken);
                return true;
            },
            cancellationToken);

    ValueTask<bool> IRunOwner.SwapAsync(RunStart run, RunSuccessor successor, CancellationToken cancellationToken) =>
        CallAsync(actor => ((IRunOwner)actor).SwapAsync(run, successor, cancellationToken), cancellationToken);

    async ValueTask IRunOwner.CloseSessionAsync(RunStart run, string? reason, CancellationToken cancellationToken) =>
        await CallAsync(
            async actor =>
            {
                await ((IRunOwner)actor).CloseSessionAsync(run, reason, cancellationToken);
                return true;
            },
            cancellationToken);
}
