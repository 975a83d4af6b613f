using AgentSessions.Core.Storage;

namespace AgentSessions.Core.Redaction;

/// <summary>The last place before a store: whatever way a text came, it is redacted here. Reads pass through.</summary>
/// <remarks>
/// Records are redacted before they are numbered too, so that live readers see what is stored; then nothing is left to do for them here.
/// Values that are no JSON, files of users above all, are kept as they are.
/// </remarks>
internal sealed class RedactingStore(ISessionStore store, IStateStore state, TextRedaction redaction) : DelegatingStore(store, state)
{
    public override ValueTask<CommitOutcome> CommitAsync(SessionCommit commit, CancellationToken cancellationToken) =>
        base.CommitAsync(Redacted(commit), cancellationToken);

    public override ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        base.PutAsync(Redacted(put), expectedVersion, cancellationToken);

    private SessionCommit Redacted(SessionCommit commit) => commit with
    {
        Row = commit.Row is { } row ? redaction.Row(row) : null,
        Appends = [.. commit.Appends.Select(append => append with { Batch = redaction.Batch(append.Batch) })],
        Transcript = commit.Transcript is { } transcript ? Redacted(transcript) : null,
        Runs = [.. commit.Runs.Select(redaction.Run)],
        States = [.. commit.States.Select(Redacted)],
    };

    private TranscriptDelta Redacted(TranscriptDelta transcript) => transcript with
    {
        Puts = [.. transcript.Puts.Select(put => put with { Json = redaction.Json(put.Json) })],
        State = transcript.State is null ? null : redaction.Json(transcript.State),
    };

    private StatePut Redacted(StatePut put) => put.Value is { } value ? put with { Value = redaction.Value(put.Key, value) } : put;
}
