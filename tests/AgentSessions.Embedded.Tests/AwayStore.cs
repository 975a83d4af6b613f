using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;

namespace AgentSessions.Embedded.Tests;

/// <summary>A store that cannot be written at times.</summary>
internal sealed class AwayStore(ISessionStore inner) : DelegatingStore(inner, (IStateStore)inner)
{
    private readonly ISessionStore _inner = inner;
    private int _left;

    /// <summary>Whether nothing is left that fails.</summary>
    public bool IsBack => Volatile.Read(ref _left) <= 0;

    /// <summary>So many writes of an <c>out</c> fail from now on.</summary>
    public void Leave(int writes) => Volatile.Write(ref _left, writes);

    public override ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) =>
        commit.Appends.Any(static append => append.Stream.Direction == StreamDirection.Out) && Interlocked.Decrement(ref _left) >= 0
            ? throw new StoreUnavailableException("It is away.")
            : base.CommitAsync(commit, cancellationToken);

    public override ValueTask DisposeAsync() => _inner.DisposeAsync();
}
