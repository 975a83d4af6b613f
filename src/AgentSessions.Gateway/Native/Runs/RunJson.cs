using System.Text.Json;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Native.Wire;

namespace AgentSessions.Gateway.Native.Runs;

/// <summary>Writes runs: for the official clients (wire document, section 9), and as a session's audit trail.</summary>
internal static class RunJson
{
    /// <summary>The run object of the published API. What is not known is left out, never null.</summary>
    public static void Write(Utf8JsonWriter json, RunRow run)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, run.Id);
        json.WriteString("status"u8, StatusName(run.Status));
        json.WriteString("taskIdentifier"u8, run.Agent);
        WriteOptional(json, "version"u8, run.AgentVersion);
        json.WriteBoolean("isQueued"u8, run.Status is RunStatus.Queued or RunStatus.PendingVersion);
        json.WriteBoolean("isExecuting"u8, run.Status == RunStatus.Executing);
        json.WriteBoolean("isWaiting"u8, run.Status == RunStatus.Waiting);
        json.WriteBoolean("isCompleted"u8, run.Status == RunStatus.Completed || IsFailed(run.Status));
        json.WriteBoolean("isSuccess"u8, run.Status == RunStatus.Completed);
        json.WriteBoolean("isFailed"u8, IsFailed(run.Status));
        json.WriteBoolean("isCancelled"u8, run.Status == RunStatus.Canceled);
        json.WriteBoolean("isTest"u8, false);
        json.WriteMoment("createdAt"u8, run.CreatedAt);
        json.WriteMoment("updatedAt"u8, run.FinishedAt ?? run.CreatedAt);
        json.WriteMoment("startedAt"u8, run.CreatedAt);
        if (run.FinishedAt is { } finishedAt)
        {
            json.WriteMoment("finishedAt"u8, finishedAt);
        }

        json.WriteTexts("tags"u8, run.Tags);
        json.WriteNumber("costInCents"u8, 0);
        json.WriteNumber("baseCostInCents"u8, 0);
        json.WriteNumber("durationMs"u8, run.FinishedAt is { } end ? Math.Max(0, (long)(end - run.CreatedAt).TotalMilliseconds) : 0);
        json.WriteNumber("depth"u8, 0);
        json.WriteString("triggerFunction"u8, "trigger"u8);
        json.WriteStartObject("relatedRuns"u8);
        json.WriteEndObject();
        json.WriteNumber("attemptCount"u8, 1);
        if (run.Error is { } error)
        {
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, error);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>One row of a session's audit trail.</summary>
    public static void WriteAudit(Utf8JsonWriter json, RunRow run)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, run.Id);
        json.WriteNumber("number"u8, run.Number);
        json.WriteString("reason"u8, ReasonName(run.Reason));
        json.WriteString("status"u8, StatusName(run.Status));
        json.WriteString("taskIdentifier"u8, run.Agent);
        json.WriteString("version"u8, run.AgentVersion);
        json.WriteString("previousRunId"u8, run.PreviousRunId);
        json.WriteMoment("createdAt"u8, run.CreatedAt);
        json.WriteMoment("finishedAt"u8, run.FinishedAt);
        json.WriteString("endReason"u8, run.End is { } end ? EndName(end) : null);
        json.WriteString("error"u8, run.Error);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static bool IsFailed(RunStatus status) =>
        status is RunStatus.Failed or RunStatus.Crashed or RunStatus.Expired or RunStatus.TimedOut;

    public static string StatusName(RunStatus status) => status switch
    {
        RunStatus.Queued => "QUEUED",
        RunStatus.Executing => "EXECUTING",
        RunStatus.Waiting => "WAITING",
        RunStatus.PendingVersion => "PENDING_VERSION",
        RunStatus.Completed => "COMPLETED",
        RunStatus.Canceled => "CANCELED",
        RunStatus.Failed => "FAILED",
        RunStatus.Crashed => "CRASHED",
        RunStatus.Expired => "EXPIRED",
        RunStatus.TimedOut => "TIMED_OUT",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private static string ReasonName(RunReason reason) => reason switch
    {
        RunReason.Initial => "initial",
        RunReason.Continuation => "continuation",
        RunReason.Upgrade => "upgrade",
        RunReason.Manual => "manual",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    private static string EndName(RunEnd end) => end switch
    {
        RunEnd.IdleTimeout => "idle_timeout",
        RunEnd.PreloadIdle => "preload_idle",
        RunEnd.MaxTurns => "max_turns",
        RunEnd.EndRun => "end_run",
        RunEnd.Upgraded => "upgraded",
        RunEnd.Closed => "closed",
        RunEnd.Cancelled => "cancelled",
        RunEnd.Expired => "expired",
        RunEnd.MaxDuration => "max_duration",
        RunEnd.Failed => "failed",
        RunEnd.HostLost => "host_lost",
        RunEnd.Evicted => "evicted",
        RunEnd.LostClaim => "lost_claim",
        RunEnd.HandoverSkipped => "handover_skipped",
        RunEnd.TakenOver => "taken_over",
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };
}
