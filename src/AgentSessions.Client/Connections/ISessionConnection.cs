using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Client.Connections;

/// <summary>The few operations a chat needs of a server, over HTTP or in the same process.</summary>
/// <remarks>
/// A call is one attempt; repeating is the caller's business. Every failure is a <see cref="SessionException"/>, and
/// <see cref="SessionException.IsTransient"/> says whether the same call may succeed later. Implementations are thread-safe.
/// </remarks>
public interface ISessionConnection
{
    /// <summary>Creates a session or finds it, and makes sure that a run is alive. Idempotent.</summary>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionClosed"/>, <see cref="SessionErrorCode.SessionExpired"/>, <see cref="SessionErrorCode.UnknownAgent"/>,
    /// <see cref="SessionErrorCode.InvalidRequest"/>.
    /// </exception>
    ValueTask<SessionStarted> StartAsync(SessionStart start, CancellationToken cancellationToken);

    /// <summary>Appends one record to a session's <c>in</c>. It is durable when this returns.</summary>
    /// <param name="session">The chat id or the friendly id.</param>
    /// <param name="input">The record's JSON as UTF-8, at most 1 MiB once stored.</param>
    /// <param name="partId">The idempotency key: a repeat appends nothing and answers the first sequence.</param>
    /// <param name="cancellationToken">Ends the wait; the record may have been stored all the same.</param>
    /// <returns>The record's sequence number on <c>in</c>.</returns>
    /// <exception cref="SessionException">
    /// <see cref="SessionErrorCode.SessionNotFound"/>, <see cref="SessionErrorCode.SessionClosed"/>, <see cref="SessionErrorCode.SessionExpired"/>,
    /// <see cref="SessionErrorCode.RecordTooLarge"/>.
    /// </exception>
    ValueTask<long> AppendAsync(string session, ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken);

    /// <summary>Opens a reader of a session's <c>out</c>. Dispose it.</summary>
    /// <param name="session">The chat id, which need not exist yet, or the friendly id.</param>
    /// <param name="request">Where to start and when to give up.</param>
    /// <param name="cancellationToken">Ends every wait of the reader.</param>
    ValueTask<ISessionTail> OpenOutAsync(string session, TailRequest request, CancellationToken cancellationToken);

    /// <summary>The newest messages of the session's transcript, oldest first.</summary>
    /// <param name="session">The chat id or the friendly id.</param>
    /// <param name="limit">How many, at least 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<UIMessage>> ReadTranscriptAsync(string session, int limit, CancellationToken cancellationToken);

    /// <summary>Closes a session for good; the first reason stays.</summary>
    /// <param name="session">The chat id or the friendly id.</param>
    /// <param name="reason">At most 256 characters, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.SessionNotFound"/>.</exception>
    ValueTask CloseAsync(string session, string? reason, CancellationToken cancellationToken);

    /// <summary>Cuts a run off without a boundary; the next message boots another. A run that has ended stays as it is.</summary>
    /// <exception cref="SessionException"><see cref="SessionErrorCode.RunNotFound"/>.</exception>
    ValueTask CancelRunAsync(string runId, CancellationToken cancellationToken);
}
