using System.Collections.Concurrent;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Sessions;

/// <summary>Deletes sessions for good once they have been expired for <see cref="RetentionOptions.Expired"/>.</summary>
/// <remarks>
/// Any number of hosts may do so at once. A closed session stays, whatever its <c>expiresAt</c> says, until somebody deletes it. One that cannot be
/// deleted, such as one whose records are damaged, is told in the log once, and keeps no other waiting.
/// </remarks>
public sealed partial class ExpiredSessions(
    ISessionStore store, ISessionEngine engine, TimeProvider time, RetentionOptions options, ILogger<ExpiredSessions> logger)
{
    private const int Page = 100;

    private readonly ConcurrentDictionary<SessionKey, bool> _told = new();

    /// <summary>Deletes all that is due by now, except what is under a legal hold.</summary>
    /// <returns>How many it deleted.</returns>
    /// <exception cref="SessionException">The store cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">Likewise.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        int total = 0;
        int limit = Page;
        while (true)
        {
            IReadOnlyList<SessionKey> expired = await store.ListExpiredAsync(time.GetUtcNow() - options.ShortestExpired, limit, cancellationToken);
            int kept = 0;
            foreach (SessionKey session in expired)
            {
                bool deleted = await TryDeleteAsync(session, cancellationToken);
                total += deleted ? 1 : 0;
                kept += deleted ? 0 : 1;
            }

            if (expired.Count < limit)
            {
                return total;
            }

            // What is kept is listed again the next time, so there must be room for more than that.
            limit = Math.Max(limit, 2 * kept);
        }
    }

    private async ValueTask<bool> TryDeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        try
        {
            return await IsDueAsync(session, cancellationToken) && await engine.DeleteAsync(session, cancellationToken);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.LegalHold)
        {
            return false;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException or SessionException { Code: SessionErrorCode.StoreUnavailable }))
        {
            if (_told.TryAdd(session, true))
            {
                LogKept(session.Key, session.Environment, exception);
            }

            return false;
        }
    }

    private async ValueTask<bool> IsDueAsync(SessionKey session, CancellationToken cancellationToken)
    {
        TimeSpan period = options.In(session.Environment).Expired;
        return period <= options.ShortestExpired
            || (await store.LoadAsync(session, cancellationToken))?.Row.ExpiresAt is not { } expiry
            || expiry <= time.GetUtcNow() - period;
    }

    [LoggerMessage(2090, LogLevel.Warning, "Session {Session} of {Environment} expired and cannot be deleted; it is tried again.")]
    private partial void LogKept(string session, string environment, Exception exception);
}
