using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Runs;

/// <summary>One life of an agent's code for a session, as stored; together a session's audit trail.</summary>
public sealed record RunRow
{
    /// <summary><c>run_…</c>, unique in the environment.</summary>
    public required string Id { get; init; }

    /// <summary>The session it ran for.</summary>
    public required SessionKey Session { get; init; }

    /// <summary>The session's run version that this run's claim made; later runs of the session have greater ones.</summary>
    public required long Number { get; init; }

    /// <summary>Why it was started.</summary>
    public required RunReason Reason { get; init; }

    /// <summary>The agent's name.</summary>
    public required string Agent { get; init; }

    /// <summary>The agent's version, such as <c>v1</c>, or null.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>The run before, on a continuation.</summary>
    public string? PreviousRunId { get; init; }

    /// <summary>The state.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The trigger configuration's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>When it was claimed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its end was stored; null while it lives.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Why it ended; null while it lives.</summary>
    public RunEnd? End { get; init; }

    /// <summary>A text that is safe to show, for a run that failed.</summary>
    public string? Error { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsFinal => Status is not (RunStatus.Queued or RunStatus.Executing or RunStatus.Waiting or RunStatus.PendingVersion);
}
