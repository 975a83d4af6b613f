using AgentSessions.Protocol.Errors;

namespace AgentSessions.Client;

/// <summary>The two things the server behind a browser page does: start a session for it, and give it a fresh token.</summary>
public interface IChatActions
{
    /// <summary>Creates a session or finds it, and boots its run. Idempotent.</summary>
    /// <param name="agent">The agent's registered name.</param>
    /// <param name="chatId">The conversation's id: 1 to 256 characters, not starting with <c>session_</c>.</param>
    /// <param name="clientData">What the agent sees as client data at boot. Put in what you know, not what the browser claims.</param>
    /// <param name="triggerConfig">How the session's runs are made; null for the server's defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionClosed"/>, <see cref="SessionErrorCode.SessionExpired"/>, <see cref="SessionErrorCode.UnknownAgent"/>.
    /// </exception>
    Task<StartedChat> StartSessionAsync(
        string agent, string chatId, object? clientData = null, TriggerConfig? triggerConfig = null, CancellationToken cancellationToken = default);

    /// <summary>A token that grants these scopes, signed in this process with the secret key.</summary>
    /// <param name="scopes">
    /// As <c>action:type:id</c>; see <see cref="Protocol.Tokens.SessionScopes"/>. A page of one chat needs read and write of its session.
    /// </param>
    /// <param name="lifetime">More than zero, at most 30 days. Default 15 minutes.</param>
    /// <param name="cancellationToken">Ends the wait for the environment's id, which is asked for once.</param>
    ValueTask<string> CreatePublicTokenAsync(IReadOnlyList<string> scopes, TimeSpan? lifetime = null, CancellationToken cancellationToken = default);
}

/// <summary>What a page needs to talk to a session itself.</summary>
/// <param name="SessionId">The server-made id, <c>session_…</c>.</param>
/// <param name="RunId">The run that is alive.</param>
/// <param name="PublicAccessToken">Reads and writes this session for one hour. Safe to hand to the browser.</param>
public sealed record StartedChat(string SessionId, string RunId, string PublicAccessToken);
