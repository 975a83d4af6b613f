using AgentSessions.Client.Connections;
using AgentSessions.Core.Sessions;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Gateway.Mcp;

/// <summary>A connection to a session that is there already: it is never started, so that a caller who may write to it need not be allowed to create.</summary>
internal sealed class ExistingSession(SessionRow row, ISessionConnection inner) : ISessionConnection
{
    /// <summary>The idempotency key of all that is appended; null for one of each append's own.</summary>
    public string? PartId { get; init; }

    public ValueTask<SessionStarted> StartAsync(SessionStart start, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SessionStarted(row.Id, row.CurrentRunId ?? "", "", IsCached: true));

    public ValueTask<long> AppendAsync(string session, ReadOnlyMemory<byte> input, string partId, CancellationToken cancellationToken) =>
        inner.AppendAsync(session, input, PartId ?? partId, cancellationToken);

    public ValueTask<ISessionTail> OpenOutAsync(string session, TailRequest request, CancellationToken cancellationToken) =>
        inner.OpenOutAsync(session, request, cancellationToken);

    public ValueTask<IReadOnlyList<UIMessage>> ReadTranscriptAsync(string session, int limit, CancellationToken cancellationToken) =>
        inner.ReadTranscriptAsync(session, limit, cancellationToken);

    public ValueTask CloseAsync(string session, string? reason, CancellationToken cancellationToken) =>
        inner.CloseAsync(session, reason, cancellationToken);

    public ValueTask CancelRunAsync(string runId, CancellationToken cancellationToken) => inner.CancelRunAsync(runId, cancellationToken);
}
