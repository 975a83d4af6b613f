using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Gateway.Auth;

/// <summary>Decides whether a caller may do something to a session named by either of its ids (wire document, section 2.5).</summary>
internal sealed class SessionAccess(ISessionEngine engine)
{
    private const int MaxIdLength = 256;

    /// <summary>What no external id may contain, because scopes of side channels are written with it.</summary>
    public const string ChannelMark = ":channels:";

    /// <summary>The session's key if the caller may, else an exception. Whether the session exists is only told to a caller who may.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="action">Such as <c>read</c>.</param>
    /// <param name="id">The id as given.</param>
    /// <param name="suffixes">What may follow an id in a scope: side channels have scopes of their own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The key of a session that exists, or of an external id that may not exist yet.</returns>
    /// <exception cref="RequestRefusedException">403.</exception>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>: there is none and never can be one.</exception>
    public async ValueTask<SessionKey> RequireAsync(
        Caller caller, string action, string id, IReadOnlyList<string> suffixes, CancellationToken cancellationToken)
    {
        bool may = May(caller, action, id, suffixes);
        if (!may && !caller.MayToSome(action, "sessions"))
        {
            throw Refuse.Forbidden();
        }

        SessionKey? key = CanExist(id) ? await engine.ResolveAsync(caller.Environment, id, cancellationToken) : null;
        if (!may && key is { } session && await OtherIdAsync(session, id, cancellationToken) is { } other)
        {
            // A token made for one form of the id is good for the other form too.
            may = May(caller, action, other, suffixes);
        }

        if (!may)
        {
            throw Refuse.Forbidden();
        }

        return key ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
    }

    private async ValueTask<string?> OtherIdAsync(SessionKey session, string id, CancellationToken cancellationToken)
    {
        if (session.Key != id)
        {
            return session.Key;
        }

        return session.IsFriendly ? null : (await engine.FindAsync(session, cancellationToken))?.Id;
    }

    private static bool May(Caller caller, string action, string id, IReadOnlyList<string> suffixes)
    {
        if (caller.HasSecretKey || caller.May(action, "sessions", id))
        {
            return true;
        }

        foreach (string suffix in suffixes)
        {
            if (caller.May(action, "sessions", id + suffix))
            {
                return true;
            }
        }

        return false;
    }

    private static bool CanExist(string id) =>
        id.Length is > 0 and <= MaxIdLength && !id.Contains(ChannelMark, StringComparison.Ordinal);
}
