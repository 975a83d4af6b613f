namespace AgentSessions.Core.Turns;

/// <summary>Decides the race between an agent that returns late and a runtime that has stopped waiting for it.</summary>
/// <remarks>Exactly one side wins: either the agent's code is abandoned and the runtime goes on without it, or it is back and goes on itself.</remarks>
internal sealed class TurnGuard
{
    private const int InRuntime = 0;
    private const int InAgent = 1;
    private const int Abandoned = 2;

    private int _state;

    public bool IsAbandoned => Volatile.Read(ref _state) == Abandoned;

    /// <summary>Runs an agent's code.</summary>
    /// <exception cref="TurnAbandonedException">The runtime has stopped waiting. Nothing may be changed any more.</exception>
    public async Task CallAsync(Func<Task> code)
    {
        Enter();
        try
        {
            await code();
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc cref="CallAsync(Func{Task})"/>
    public async Task<T> CallAsync<T>(Func<Task<T>> code)
    {
        Enter();
        try
        {
            return await code();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Stops waiting; false if the agent's code is not what is running.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _state, Abandoned, InAgent) == InAgent;

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _state, InAgent, InRuntime) == Abandoned)
        {
            throw new TurnAbandonedException();
        }
    }

    private void Leave()
    {
        if (Interlocked.CompareExchange(ref _state, InRuntime, InAgent) == Abandoned)
        {
            throw new TurnAbandonedException();
        }
    }
}

/// <summary>The runtime went on without this turn's code.</summary>
internal sealed class TurnAbandonedException() : Exception("The turn was abandoned.");
