using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Archives;

/// <summary>Commits of an import: nobody else may write to the session meanwhile.</summary>
internal static class ImportCommits
{
    /// <exception cref="SessionException"><see cref="SessionErrorCode.InvalidRequest"/>: somebody made, changed or removed the session.</exception>
    public static async ValueTask CommitOrThrowAsync(this ISessionStore store, SessionCommit commit, CancellationToken cancellationToken)
    {
        if (await store.CommitAsync(commit, cancellationToken) != CommitOutcome.Committed)
        {
            throw new SessionException(SessionErrorCode.InvalidRequest, "Somebody else used the session's id during the import");
        }
    }
}
