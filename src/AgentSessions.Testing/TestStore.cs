using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Testing;

/// <summary>One process's view of a store that outlives it: sees every commit, and refuses all once the process has died.</summary>
internal sealed class TestStore(InMemorySessionStore inner, Action<SessionCommit> committed) : DelegatingStore(inner, inner)
{
    private volatile bool _isDead;

    /// <summary>Looks at a commit before it is made; may throw to fail it, or kill.</summary>
    public Action<SessionCommit>? Before { get; set; }

    /// <summary>Looks at a commit that was made, before its answer is heard; may throw to lose the answer.</summary>
    public Action<SessionCommit>? After { get; set; }

    /// <summary>Told of every read of a session's row; may throw to fail it.</summary>
    public Action? Loading { get; set; }

    /// <summary>Told of every read of records; may throw to fail it.</summary>
    public Action<StreamId>? Reading { get; set; }

    /// <summary>Told of every read of a transcript.</summary>
    public Action? ReadingTranscript { get; set; }

    /// <summary>From now on nothing can be read or written: what is called does not come back.</summary>
    public void Kill() => _isDead = true;

    public override async ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken)
    {
        Before?.Invoke(commit);
        await LiveAsync();
        CommitOutcome outcome = await base.CommitAsync(commit, cancellationToken);
        if (outcome == CommitOutcome.Committed)
        {
            committed(commit);
            After?.Invoke(commit);
        }

        return outcome;
    }

    public override async ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken)
    {
        await LiveAsync();
        Loading?.Invoke();
        return await base.LoadAsync(session, cancellationToken);
    }

    public override async ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken)
    {
        await LiveAsync();
        Reading?.Invoke(stream);
        return await base.ReadAsync(stream, from, maxBytes, cancellationToken);
    }

    public override async ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken)
    {
        await LiveAsync();
        ReadingTranscript?.Invoke();
        return await base.ReadTranscriptAsync(session, limit, before, cancellationToken);
    }

    public override async ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        await LiveAsync();
        return await base.PutAsync(put, expectedVersion, cancellationToken);
    }

    private ValueTask LiveAsync() => _isDead ? new ValueTask(Task.Delay(Timeout.Infinite)) : default;
}
