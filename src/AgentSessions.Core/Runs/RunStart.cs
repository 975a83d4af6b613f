using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs;

/// <summary>What a run knows when it starts.</summary>
public sealed record RunStart
{
    /// <summary>The session as of the claim; its <see cref="SessionRow.RunVersion"/> fences the run's writes.</summary>
    public required SessionRow Session { get; init; }

    /// <summary>The run itself.</summary>
    public required RunRow Run { get; init; }

    /// <summary>How far the session's turns have come.</summary>
    public required SessionProgress Progress { get; init; }

    /// <summary>The tail of <c>in</c> at the claim. A stop before it is stale on a continuation.</summary>
    public required Cursor InTail { get; init; }

    /// <summary>The tail of <c>out</c> that the claim read. A run that was taken for dead may have written behind it until the claim was stored.</summary>
    public required Cursor OutTail { get; init; }

    /// <summary>When the newest record of <c>out</c> was made, in Unix milliseconds; 0 when there is none, or if a node that did not know of this sent it.</summary>
    public long OutTailTimestamp { get; init; }

    /// <summary>
    /// The boot payload as a JSON object: the base payload plus <c>sessionId</c> and <c>idleTimeoutInSeconds</c>; on a continuation without
    /// message and trigger and with <c>continuation</c> and <c>previousRunId</c>. A first message is never in here: it went through <c>in</c>.
    /// </summary>
    public required string Payload { get; init; }

    /// <summary>The session's version as of the claim (<see cref="SessionHead.Version"/>); 0 if a node that did not know of this sent it.</summary>
    public long Version { get; init; }
}
