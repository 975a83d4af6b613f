using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Sessions;

/// <summary>Deletes sessions for good once they have been expired for <see cref="RetentionOptions.Expired"/>.</summary>
/// <remarks>Any number of hosts may do so at once. A closed session stays, whatever its <c>expiresAt</c> says, until somebody deletes it.</remarks>
public sealed class ExpiredSessions(ISessionStore store, ISessionEngine engine, TimeProvider time, RetentionOptions options)
{
    private const int Page = 100;

    /// <summary>Deletes all that is due by now, except what is under a legal hold.</summary>
    /// <returns>How many it deleted.</returns>
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
        TimeSpan period = options.In(session.Environment).Expired;
        if (period > options.ShortestExpired
            && (await store.LoadAsync(session, cancellationToken))?.Row.ExpiresAt > time.GetUtcNow() - period)
        {
            return false;
        }

        try
        {
            return await engine.DeleteAsync(session, cancellationToken);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.LegalHold)
        {
            return false;
        }
    }
}
