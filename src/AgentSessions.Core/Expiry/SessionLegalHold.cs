using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Core.Expiry;

/// <summary>Keeps a session from being deleted, by whomever: a caller, its expiry, or an erasure.</summary>
/// <param name="Reason">Why, for operators.</param>
/// <param name="Since">When it was placed.</param>
public sealed record SessionLegalHold(string Reason, DateTimeOffset Since)
{
    internal const string Space = "legal-holds";

    /// <summary>The session's hold, or null.</summary>
    public static async ValueTask<SessionLegalHold?> FindAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken) =>
        await state.GetAsync(KeyOf(session), cancellationToken) is { } entry
            ? JsonSerializer.Deserialize<SessionLegalHold>(entry.Value.Span, JsonSerializerOptions.Web)
            : null;

    /// <summary>Places it, or replaces the one there is. Deletions that begin from now on are refused; one that began before is waited for.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>, also when a deletion came first.</exception>
    public async ValueTask PlaceAsync(ISessionEngine engine, SessionKey session, CancellationToken cancellationToken)
    {
        long? version = await PlaceAsync(engine.State, session, cancellationToken);
        try
        {
            // Changes of a session wait for each other, so behind this none is under way that did not see the hold.
            await engine.UpdateAsync(session, new UpdateSession(), cancellationToken);
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.SessionNotFound)
        {
            // It would keep the next session of this key.
            await engine.State.PutAsync(new StatePut(KeyOf(session), Value: null), version, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Places it on a session that nobody else deletes meanwhile.</summary>
    public ValueTask<long?> PlaceAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken) => state.PutAsync(
        new StatePut(KeyOf(session), JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), session), expectedVersion: null, cancellationToken);

    /// <summary>Lifts the session's hold, if there is one.</summary>
    public static async ValueTask LiftAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken) =>
        await state.PutAsync(new StatePut(KeyOf(session), Value: null), expectedVersion: null, cancellationToken);

    /// <summary>Every engine asks this before it deletes a session, while no other change of that session is under way.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.LegalHold"/>.</exception>
    public static async ValueTask RequireNoneAsync(IStateStore state, SessionKey session, CancellationToken cancellationToken)
    {
        if (await state.GetAsync(KeyOf(session), cancellationToken) is not null)
        {
            throw new SessionException(SessionErrorCode.LegalHold, "The session is under a legal hold");
        }
    }

    private static StateKey KeyOf(SessionKey session) => new(session.Environment, Space, session.Key);
}
