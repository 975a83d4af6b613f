using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Gateway.Auth;

/// <summary>Mints the session tokens that clients are handed on create and on every boundary.</summary>
internal sealed class SessionTokens(KeyRing keys, TimeProvider time) : ISessionTokens
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    public string Mint(SessionKey session, string? runId)
    {
        DateTimeOffset now = time.GetUtcNow();
        string[] scopes = runId is null
            ? [SessionScopes.Read(session.Key), SessionScopes.Write(session.Key)]
            : [SessionScopes.ReadRun(runId), SessionScopes.Read(session.Key), SessionScopes.WriteInputStreams(runId), SessionScopes.Write(session.Key)];
        return keys.Sign(new SessionTokenClaims(session.Environment, scopes, now, now + _lifetime));
    }
}
