using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Messages;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Orleans.Calls;

/// <summary>Calls session grains, and waits out the moments in which a session moves from a node that died or leaves to another.</summary>
internal sealed class SessionCalls(IGrainFactory grains, IDetours detours, TimeProvider time)
{
    /// <summary>How many ways a call may be on at once.</summary>
    private const int MaxWays = 4;

    private static readonly GrainType _sessions = GrainType.Create(GrainKeys.SessionType);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Calls a session's grain, again while the way to it is broken.</summary>
    /// <param name="session">The session.</param>
    /// <param name="call">The call.</param>
    /// <param name="isRepeatable">Whether the session knows a repeat for one (<see cref="AnsweredCalls"/>), or carrying it out twice does no harm.</param>
    /// <param name="cancellationToken">Ends the wait, not the call.</param>
    /// <exception cref="SessionException">What the call threw; <see cref="SessionErrorCode.StoreUnavailable"/> when no node can be reached.</exception>
    public async ValueTask<T> CallAsync<T>(
        SessionKey session, Func<ISessionGrain, Task<T>> call, bool isRepeatable, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan pause = _firstPause;
        var id = Guid.NewGuid();
        TimeSpan ahead = TimeSpan.Zero;
        while (true)
        {
            try
            {
                Task<T> straight = Send(Grain(session));
                return await (isRepeatable ? AnswerAsync(session, straight, Send, cancellationToken) : straight.WaitAsync(cancellationToken));
            }
            catch (Exception exception) when (GrainFaults.IsUnreachable(exception))
            {
                if (exception is LateCallException late)
                {
                    ahead = late.Now - time.GetUtcNow();
                }

                if (!(isRepeatable || GrainFaults.ChangedNothing(exception)) || time.GetElapsedTime(started) > _patience)
                {
                    throw new SessionException(SessionErrorCode.StoreUnavailable, "The session's node cannot be reached right now; try again", exception);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }

        Task<T> Send(ISessionGrain grain)
        {
            new CallMark(id, time.GetUtcNow() + ahead).Attach();
            return call(grain);
        }
    }

    /// <summary>Waits for the answer, and while it does not come calls by other ways too: the first answer counts.</summary>
    private async Task<T> AnswerAsync<T>(SessionKey session, Task<T> straight, Func<ISessionGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await straight.WaitAsync(detours.Patience, time, cancellationToken);
        }
        catch (TimeoutException) when (!straight.IsCompleted)
        {
            straight.Ignore();
        }

        List<Task<T>> answers = [straight];
        for (int attempt = 0; ;)
        {
            if (answers.Count < MaxWays && detours.Find(session, attempt) is { } detour)
            {
                attempt++;
                Task<T> other = call(detour);
                other.Ignore();
                answers.Add(other);
            }

            await Task.WhenAny([.. answers, Task.Delay(detours.Patience, time, cancellationToken)]);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Task<T> answer in answers.Where(static answer => answer.IsCompleted).ToArray())
            {
                // A way that is broken says nothing about the others.
                bool isBroken = answer.Exception?.InnerException is { } failure && GrainFaults.IsUnreachable(failure);
                if (!isBroken || answers.Count == 1)
                {
                    return await answer;
                }

                answers.Remove(answer);
            }
        }
    }

    private ISessionGrain Grain(SessionKey session) => Grain(grains, GrainKeys.Of(session));

    /// <summary>A session's grain by its name.</summary>
    /// <exception cref="SessionMovedException">No node that hosts sessions is known here.</exception>
    public static ISessionGrain Grain(IGrainFactory grains, string name)
    {
        try
        {
            // A gateway that has just started may not have met a node that hosts sessions. Then what it knows to take a session's calls is a detour, or nothing.
            ISessionGrain grain = grains.GetGrain<ISessionGrain>(name);
            return grain.GetGrainId().Type.Equals(_sessions) ? grain : throw new SessionMovedException();
        }
        catch (ArgumentException)
        {
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
