using AgentSessions.Core;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Orleans.Contracts;

/// <summary>One session: everything that writes to it goes through here, one call at a time.</summary>
/// <remarks>
/// Meanings and failures are those of <see cref="ISessionEngine"/> and <see cref="IRunOwner"/>. Names are part of the protocol between nodes
/// of different versions: methods are added, never changed.
/// </remarks>
[Alias("AgentSessions.Session")]
internal interface ISessionGrain : IGrainWithStringKey
{
    [Alias("Start")]
    Task<StartedSession> StartAsync([Immutable] StartSession start);

    [Alias("Update")]
    Task<SessionRow> UpdateAsync([Immutable] UpdateSession update);

    [Alias("Close")]
    Task<SessionRow> CloseAsync(string? reason, string? callingRunId);

    [Alias("Delete")]
    Task<bool> DeleteAsync();

    [Alias("Append")]
    Task<AppendedRecord> AppendAsync(StreamId stream, [Immutable] AppendText append);

    [Alias("AppendRecords")]
    Task<RecordBatch> AppendRecordsAsync(StreamId stream, [Immutable] NewRecord[] records, Cursor? expectedTail);

    [Alias("ReplaceTranscript")]
    Task ReplaceTranscriptAsync([Immutable] TranscriptDelta transcript);

    [Alias("CancelRun")]
    Task<RunRow> CancelRunAsync(string runId);

    [Alias("Hold")]
    Task<SessionRow> HoldAsync([Immutable] HoldSession hold);

    [Alias("SwapRun")]
    Task<SwappedRun> SwapRunAsync([Immutable] SwapRun swap);

    /// <summary>Looks after a session whose row says that a run is live: ends what expired, and gives it a run if it is owed one.</summary>
    [Alias("LookAfter")]
    Task LookAfterAsync();

    [Alias("RunEnded")]
    Task EndRunAsync([Immutable] RunStart run, RunEnd end, [Immutable] SessionProgress progress, long consumedThrough, string? error);

    [Alias("RunSwaps")]
    Task<bool> SwapOwnRunAsync([Immutable] RunStart run, [Immutable] RunSuccessor successor);

    [Alias("RunCloses")]
    Task CloseFromRunAsync([Immutable] RunStart run, string? reason);
}
