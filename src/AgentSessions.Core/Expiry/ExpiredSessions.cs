using System.Collections.Concurrent;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Expiry;

/// <summary>Deletes sessions for good once they have been expired for <see cref="RetentionOptions.Expired"/>.</summary>
/// <remarks>
/// Any number of hosts may do so at once. A closed session stays, whatever its <c>expiresAt</c> says, until somebody deletes it. One that cannot be
/// deleted, such as one whose records are damaged, is told in the log once, and keeps no other waiting. However many are due, this is slow and takes
/// little: what answers people goes on beside it.
/// </remarks>
public sealed partial class ExpiredSessions(
    ISessionStore store, ISessionEngine engine, TimeProvider time, RetentionOptions options, ILogger<ExpiredSessions> logger)
{
    private const int PageSize = 100;

    // A store that erases for many at once does so for these, and a database that others write to is not crowded.
    private const int Parallelism = 32;

    private readonly ConcurrentDictionary<SessionKey, bool> _told = new();

    /// <summary>Deletes all that is due by now, except what is under a legal hold.</summary>
    /// <returns>How many it deleted.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot tell which expired.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        int total = 0;
        DateTimeOffset now = time.GetUtcNow();
        ExpiredSession? after = null;
        while (await store.ListExpiredAsync(now - options.ShortestExpired, after, PageSize, cancellationToken) is { Count: > 0 } page)
        {
            await Parallel.ForEachAsync(
                page.Where(expired => expired.ExpiresAt <= now - options.In(expired.Session.Environment).Expired).Select(static expired => expired.Session),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (session, token) =>
                {
                    if (await TryDeleteAsync(session, token))
                    {
                        Interlocked.Increment(ref total);
                    }
                });
            after = page[^1];
        }

        return total;
    }

    private async ValueTask<bool> TryDeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        try
        {
            // The engine asks as well; this spares it every session that is held, sweep after sweep.
            bool isDeleted = await SessionLegalHold.FindAsync(engine.State, session, cancellationToken) is null
                && await engine.DeleteAsync(session, cancellationToken);
            _told.TryRemove(session, out _);
            return isDeleted;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (_told.TryAdd(session, true))
            {
                LogKept(session.Key, session.Environment, exception);
            }

            return false;
        }
    }

    [LoggerMessage(2090, LogLevel.Warning, "Session {Session} of {Environment} expired and cannot be deleted; it is tried again.")]
    private partial void LogKept(string session, string environment, Exception exception);
}
