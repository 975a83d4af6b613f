using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Tests;

/// <summary>A store that finds one session damaged.</summary>
internal sealed class UnreadableSession(ISessionStore inner) : DelegatingStore(inner, (IStateStore)inner)
{
    private readonly ISessionStore _inner = inner;

    /// <summary>Which; null for none.</summary>
    public string? Key { get; init; }

    public override ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        session.Key == Key ? throw new StoreDamagedException("A flipped bit.") : base.LoadAsync(session, cancellationToken);

    public override ValueTask DisposeAsync() => _inner.DisposeAsync();
}
