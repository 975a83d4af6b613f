using AgentSessions.Core;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans;

/// <summary>The clustered engine, on every node and in cluster clients: writes go to the session's grain, reads to the store both share.</summary>
internal sealed class OrleansSessionEngine(
    ISessionStore store, IStateStore state, StreamHub hub, IIdSource ids, SessionCalls calls, RecordAppends appends, IGrainFactory grains) : ISessionEngine
{
    /// <summary>A run whose node does not say in time whether it is in a turn is shown as it is stored.</summary>
    private static readonly TimeSpan _statusPatience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IStateStore State => state;

    /// <inheritdoc/>
    public async ValueTask<SessionKey?> ResolveAsync(string environment, string id, CancellationToken cancellationToken) =>
        id.StartsWith(SessionKey.FriendlyPrefix, StringComparison.Ordinal)
            ? await TranslateAsync(store.FindKeyAsync(environment, id, cancellationToken))
            : new SessionKey(environment, id);

    /// <inheritdoc/>
    public ValueTask<StartedSession> StartAsync(StartSession start, CancellationToken cancellationToken) =>
        CallAsync(new SessionKey(start.Environment, start.ExternalId ?? ids.NewSessionId()), grain => grain.StartAsync(start), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<SessionRow?> FindAsync(SessionKey session, CancellationToken cancellationToken) =>
        (await TranslateAsync(store.LoadAsync(session, cancellationToken)))?.Row;

    /// <inheritdoc/>
    public ValueTask<SessionRow> UpdateAsync(SessionKey session, UpdateSession update, CancellationToken cancellationToken) =>
        CallAsync(session, grain => grain.UpdateAsync(update), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SessionRow> CloseAsync(SessionKey session, string? reason, string? callingRunId, CancellationToken cancellationToken) =>
        CallAsync(session, grain => grain.CloseAsync(reason, callingRunId), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        // The grain asks again, in turn with all other changes; one of an older node does not.
        await SessionLegalHold.RequireNoneAsync(State, session, cancellationToken);
        return await CallAsync(session, static grain => grain.DeleteAsync(), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        TranslateAsync(store.ListAsync(query, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<AppendedRecord> AppendAsync(StreamId stream, AppendText append, CancellationToken cancellationToken) =>
        CallAsync(stream.Session, grain => grain.AppendAsync(stream, append), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RecordBatch> AppendRecordsAsync(
        StreamId stream, IReadOnlyList<NewRecord> records, Cursor? expectedTail, CancellationToken cancellationToken) =>
        TranslateAsync(appends.AppendAsync(stream, records, expectedTail, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<StreamBounds> GetBoundsAsync(StreamId stream, CancellationToken cancellationToken) =>
        TranslateAsync(store.GetBoundsAsync(stream, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<RecordBatch?> ReadAsync(StreamId stream, Cursor from, int maxBytes, CancellationToken cancellationToken) =>
        TranslateAsync(store.ReadAsync(stream, from, maxBytes, cancellationToken));

    /// <inheritdoc/>
    public StreamTail OpenTail(StreamId stream, Cursor from, CancellationToken cancellationToken) => hub.Open(stream, from, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredTranscript> ReadTranscriptAsync(SessionKey session, int? limit, string? before, CancellationToken cancellationToken) =>
        TranslateAsync(store.ReadTranscriptAsync(session, limit, before, cancellationToken));

    /// <inheritdoc/>
    public ValueTask ReplaceTranscriptAsync(SessionKey session, TranscriptDelta transcript, CancellationToken cancellationToken) =>
        calls.CallAsync(session, grain => grain.ReplaceTranscriptAsync(transcript), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<RunRow?> FindRunAsync(string environment, string runId, CancellationToken cancellationToken) =>
        await TranslateAsync(store.FindRunAsync(environment, runId, cancellationToken)) is { } run ? await WithLiveStatusAsync(run) : null;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RunRow>> ListRunsAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        await Task.WhenAll((await TranslateAsync(store.ListRunsAsync(session, limit, cancellationToken))).Select(WithLiveStatusAsync));

    /// <inheritdoc/>
    public async ValueTask<RunRow> CancelRunAsync(string environment, string runId, CancellationToken cancellationToken)
    {
        RunRow run = await TranslateAsync(store.FindRunAsync(environment, runId, cancellationToken))
            ?? throw new SessionException(SessionErrorCode.RunNotFound, $"Run {runId} not found");
        return await CallAsync(run.Session, grain => grain.CancelRunAsync(runId), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<SessionRow> HoldAsync(SessionKey session, HoldSession hold, CancellationToken cancellationToken) =>
        CallAsync(session, grain => grain.HoldAsync(hold), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SwappedRun> SwapRunAsync(SessionKey session, SwapRun swap, CancellationToken cancellationToken) =>
        CallAsync(session, grain => grain.SwapRunAsync(swap), cancellationToken);

    private ValueTask<T> CallAsync<T>(SessionKey session, Func<ISessionGrain, Task<T>> call, CancellationToken cancellationToken) =>
        calls.CallAsync(session, call, isRepeatable: true, cancellationToken);

    /// <summary>Only the run itself knows whether it is in a turn.</summary>
    private async Task<RunRow> WithLiveStatusAsync(RunRow run)
    {
        if (run.IsFinal)
        {
            return run;
        }

        try
        {
            RunStatus? status = await grains.GetGrain<IRunGrain>(GrainKeys.Of(run.Session, run.Id)).GetStatusAsync(run.Session, run.Id).WaitAsync(_statusPatience);
            return status is { } live ? run with { Status = live } : run;
        }
        catch (Exception exception) when (GrainFaults.IsUnreachable(exception) || exception is ArgumentException)
        {
            // Its node is gone, or this one is new and has not met one that hosts runs.
            return run;
        }
    }

    private static async ValueTask<T> TranslateAsync<T>(ValueTask<T> read)
    {
        try
        {
            return await read;
        }
        catch (StoreUnavailableException exception)
        {
            throw exception.AsSessionException();
        }
    }
}
