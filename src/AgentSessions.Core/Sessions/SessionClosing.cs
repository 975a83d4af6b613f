using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions;

/// <summary>The session is closed for good, or about to be; readers of <c>out</c> learn it from these headers.</summary>
/// <param name="Reason">What they are told; null for nothing.</param>
internal sealed record SessionClosing(string? Reason)
{
    /// <summary>What is added to the boundary of the last turn.</summary>
    public RecordHeader[] OnBoundary => WithReason(new RecordHeader(ControlHeaders.Closed, "true"));

    /// <summary>The record of its own behind that boundary, for readers who come later.</summary>
    public RecordHeader[] OwnRecord => WithReason(new RecordHeader(ControlHeaders.Control, ControlHeaders.SessionClosed));

    private RecordHeader[] WithReason(RecordHeader first) => Reason is null ? [first] : [first, new RecordHeader(ControlHeaders.ClosedReason, Reason)];
}
