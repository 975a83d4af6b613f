using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Grains;
using AgentSessions.Orleans.Messages;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Orleans.Calls;

/// <summary>Calls session grains, and waits out the moments in which a session moves from a node that died or leaves to another.</summary>
internal sealed class SessionCalls(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Calls a session's grain, again while the way to it is broken.</summary>
    /// <param name="session">The session.</param>
    /// <param name="call">The call.</param>
    /// <param name="isRepeatable">Whether carrying it out twice does no harm.</param>
    /// <param name="cancellationToken">Ends the wait, not the call.</param>
    /// <exception cref="SessionException">What the call threw; <see cref="SessionErrorCode.StoreUnavailable"/> when no node can be reached.</exception>
    public async ValueTask<T> CallAsync<T>(
        SessionKey session, Func<ISessionGrain, Task<T>> call, bool isRepeatable, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan pause = _firstPause;
        while (true)
        {
            try
            {
                return await call(Grain(session)).WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (GrainFaults.IsUnreachable(exception))
            {
                if (!(isRepeatable || GrainFaults.ChangedNothing(exception)) || time.GetElapsedTime(started) > _patience)
                {
                    throw new SessionException(SessionErrorCode.StoreUnavailable, "The session's node cannot be reached right now; try again", exception);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    private ISessionGrain Grain(SessionKey session)
    {
        try
        {
            return grains.GetGrain<ISessionGrain>(GrainKeys.Of(session));
        }
        catch (ArgumentException)
        {
            // A gateway that has just started may not have met a node that hosts sessions.
            throw new SessionMovedException();
        }
    }

    /// <inheritdoc cref="CallAsync{T}"/>
    public async ValueTask CallAsync(SessionKey session, Func<ISessionGrain, Task> call, CancellationToken cancellationToken) =>
        await CallAsync(
            session,
            async grain =>
            {
                await call(grain);
                return true;
            },
            isRepeatable: true,
            cancellationToken);
}
