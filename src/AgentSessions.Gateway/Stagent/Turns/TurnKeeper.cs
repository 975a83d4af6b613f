using System.Collections.Concurrent;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Auth;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Stagent.Turns;

/// <summary>Follows turns to their end whose server is gone: requests still expire, and no row stays unfinished for good.</summary>
internal sealed partial class TurnKeeper(TurnServices services, KeyRing keys, ILogger<TurnKeeper> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<SessionKey, Task> _followed = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(services.Turns.Renewal, services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await AdoptAsync(stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    // The store may be away for a while; the next round looks again.
                    LogRoundFailed(exception.Message, StoreFault.TraceOf(exception));
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_followed.Values);
        }
    }

    /// <summary>Takes over what nobody follows.</summary>
    internal async Task AdoptAsync(CancellationToken cancellationToken)
    {
        foreach (string environment in keys.Environments)
        {
            await foreach (ActiveTurn turn in services.Turns.ListAbandonedAsync(environment, cancellationToken))
            {
                SessionKey session = turn.KeyIn(environment);
                if (!_followed.ContainsKey(session) && await services.Turns.TryAdoptAsync(session, turn, cancellationToken))
                {
                    _followed[session] = FollowAsync(session, turn, cancellationToken);
                }
            }
        }
    }

    private async Task FollowAsync(SessionKey session, ActiveTurn turn, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            Cursor from = (await services.Engine.GetBoundsAsync(StreamId.Out(session), cancellationToken)).Oldest;
            TurnEnd end = await new TurnFollower(services, session, turn, NoViewer.Instance).RunAsync(from, isResumed: true, cancellationToken);
            if (end != TurnEnd.Deleted)
            {
                await services.EndAsync(session, turn, turn.IsStopping ? TurnStop.Kept(end) : end, CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next server takes it over.
        }
        catch (Exception exception)
        {
            LogFollowFailed(exception.Message, StoreFault.TraceOf(exception));
        }
        finally
        {
            _followed.TryRemove(session, out _);
        }
    }

    [LoggerMessage(5410, LogLevel.Warning, "Looking for unfollowed turns failed: {Reason}")]
    private partial void LogRoundFailed(string reason, Exception? exception);

    [LoggerMessage(5411, LogLevel.Error, "Following a turn failed; it is tried again: {Reason}")]
    private partial void LogFollowFailed(string reason, Exception? exception);
}
