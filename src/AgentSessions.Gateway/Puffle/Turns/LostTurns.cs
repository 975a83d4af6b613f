using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Knows the turns that no boundary will ever end.</summary>
internal sealed class LostTurns(ISessionEngine engine, TimeProvider time)
{
    /// <summary>Whether nothing will answer what waits in a session: it was deleted or closed, or what ran in it was cancelled.</summary>
    public async ValueTask<bool> AreInAsync(SessionKey key, CancellationToken cancellationToken)
    {
        if (await engine.FindAsync(key, cancellationToken) is not { } session)
        {
            return true;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (session.IsAttendedAt(now))
        {
            return false;
        }

        return session.StatusAt(now) != SessionStatus.Active
            || (session.CurrentRunId is { } current
                && await engine.FindRunAsync(key.Environment, current, cancellationToken) is { Status: RunStatus.Canceled });
    }
}
