using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;
using AgentSessions.Protocol.Records;
using Orleans.Concurrency;

namespace AgentSessions.Orleans.Grains;

/// <summary>Passes each call on to the session, and its answer back.</summary>
[NodePlacement, Reentrant]
internal sealed class DetourGrain : Grain, IDetourGrain
{
    private ISessionGrain Session => SessionCalls.Grain(GrainFactory, GrainKeys.ToSessionGrain(this.GetPrimaryKeyString()));

    public Task<StartedSession> StartAsync(StartSession start) => Session.StartAsync(start);

    public Task<SessionRow> UpdateAsync(UpdateSession update) => Session.UpdateAsync(update);

    public Task<SessionRow> CloseAsync(string? reason, string? callingRunId) => Session.CloseAsync(reason, callingRunId);

    public Task<bool> DeleteAsync() => Session.DeleteAsync();

    public Task<AppendedRecord> AppendAsync(StreamId stream, AppendText append) => Session.AppendAsync(stream, append);

    public Task<RecordBatch> AppendRecordsAsync(StreamId stream, NewRecord[] records, Cursor? expectedTail) =>
        Session.AppendRecordsAsync(stream, records, expectedTail);

    public Task ReplaceTranscriptAsync(TranscriptDelta transcript) => Session.ReplaceTranscriptAsync(transcript);

    public Task<RunRow> CancelRunAsync(string runId) => Session.CancelRunAsync(runId);

    public Task<SessionRow> HoldAsync(HoldSession hold) => Session.HoldAsync(hold);

    public Task<SwappedRun> SwapRunAsync(SwapRun swap) => Session.SwapRunAsync(swap);

    public Task LookAfterAsync() => Session.LookAfterAsync();

    public Task EndRunAsync(RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error) =>
        Session.EndRunAsync(run, end, progress, consumedThrough, error);

    public Task<bool> SwapOwnRunAsync(RunStart run, RunSuccessor successor) => Session.SwapOwnRunAsync(run, successor);

    public Task CloseFromRunAsync(RunStart run, string? reason) => Session.CloseFromRunAsync(run, reason);
}
