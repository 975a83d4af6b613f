using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Sessions;

/// <summary>Deletes sessions for good once they have been expired for <see cref="RetentionOptions.Expired"/>.</summary>
/// <remarks>Any number of hosts may do so at once. A closed session stays, whatever its <c>expiresAt</c> says, until somebody deletes it.</remarks>
public sealed class ExpiredSessions(ISessionStore store, ISessionEngine engine, TimeProvider time, RetentionOptions options)
{
    private const int Page = 100;

    /// <summary>Deletes all that is due by now.</summary>
    /// <returns>How many it deleted.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        int total = 0;
        while (true)
        {
            IReadOnlyList<SessionKey> due = await store.ListExpiredAsync(time.GetUtcNow() - options.Expired, Page, cancellationToken);
            int deleted = 0;
            foreach (SessionKey session in due)
            {
                deleted += await engine.DeleteAsync(session, cancellationToken) ? 1 : 0;
            }

            total += deleted;
            if (due.Count < Page || deleted == 0)
            {
                return total;
            }
        }
    }
}
