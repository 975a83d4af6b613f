using AgentSessions.Core.Runs;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions.Acting;

/// <summary>The rules of a session, pure: given what is stored and what is asked, the commit to make and the run to start after it.</summary>
/// <remarks>
/// Nothing here waits, reads a clock or keeps state. <see cref="SessionActor"/> loads, asks, commits, and asks again when another writer won.
/// </remarks>
internal static class SessionRules
{
    /// <summary>A new session with its first run; a first message goes through <c>in</c> in the same commit (lifecycle, section 3).</summary>
    public static Decision Create(StartSession start, SessionKey key, string sessionId, string runId, string? agentVersion, DateTimeOffset now)
    {
        var row = new SessionRow
        {
            Key = key,
            Id = sessionId,
            ExternalId = start.ExternalId,
            Type = start.Type,
            Agent = start.Agent,
            TriggerConfig = start.TriggerConfig,
            Tags = start.Tags ?? [],
            Metadata = start.KeepsOwner ? SessionOwner.Keep(stored: null, start.Metadata) : start.Metadata,
            ExpiresAt = start.ExpiresAt,
            CreatedAt = now,
            UpdatedAt = now,
            CurrentRunId = runId,
            HasLiveRun = true,
            RunVersion = FirstRunVersion(runId),
        };
        byte[]? first = BootPayloads.FirstMessage(start.TriggerConfig);
        RecordBatch? batch = first is null ? null : Input(Cursor.Start, first, $"create-{runId}", now);

        // A run that is not the first of its conversation reads what there was before it.
        RunReason reason = start.History.Count > 0 ? RunReason.Manual : RunReason.Initial;
        RunRow run = NewRun(row, runId, reason, agentVersion, previousRunId: null, now);
        return new Decision(
            new SessionCommit
            {
                Session = key,
                ExpectedVersion = 0,
                Row = row,
                Appends = batch is null ? [] : [new StreamAppend(StreamId.In(key), batch)],
                Progress = SessionProgress.None,
                Transcript = start.History.Count > 0 ? new TranscriptDelta { Puts = start.History, SavedAt = now.ToUnixTimeMilliseconds() } : null,
                Runs = [run],
            },
            new RunStart
            {
                Session = row,
                Version = 1,
                Run = run,
                Progress = SessionProgress.None,
                InTail = batch?.Tail ?? Cursor.Start,
                OutTail = Cursor.Start,
                Payload = BootPayloads.Initial(start.TriggerConfig, sessionId, withoutMessage: first is not null),
            });
    }

    /// <summary>A start that found its session: refreshed labels and configuration.</summary>
    public static SessionRow Refresh(SessionRow row, StartSession start, DateTimeOffset now) => row with
    {
        TriggerConfig = start.TriggerConfig,
        Tags = start.Tags ?? row.Tags,
        Metadata = start.Metadata is null ? row.Metadata : start.KeepsOwner ? SessionOwner.Keep(row.Metadata, start.Metadata) : start.Metadata,
        ExpiresAt = start.ExpiresAt ?? row.ExpiresAt,
        UpdatedAt = now,
    };

    /// <summary>Refuses a session that takes nothing any more.</summary>
    /// <exception cref="SessionException">Closed or expired.</exception>
    public static void RequireActive(SessionRow row, DateTimeOffset now)
    {
        switch (row.StatusAt(now))
        {
            case SessionStatus.Closed:
                throw new SessionException(SessionErrorCode.SessionClosed, "Cannot append to a closed session") { ClosedReason = row.ClosedReason };
            case SessionStatus.Expired:
                throw new SessionException(SessionErrorCode.SessionExpired, "Cannot append to an expired session");
            case SessionStatus.Active:
                return;
        }
    }

    /// <summary>A claim: the next run takes the session over from one that has ended, died, or hands over.</summary>
    /// <param name="head">What is stored.</param>
    /// <param name="row">The row to claim on, with changes that go along.</param>
    /// <param name="previous">The run that owned it, or null.</param>
    /// <param name="claim">Who takes over, and why.</param>
    /// <param name="now">The time.</param>
    public static Decision Claim(SessionHead head, SessionRow row, RunRow? previous, RunClaim claim, DateTimeOffset now)
    {
        SessionRow claimed = row with
        {
            CurrentRunId = claim.RunId,
            HasLiveRun = true,
            RunVersion = row.RunVersion + 1,
            UpdatedAt = now,
        };
        SessionProgress progress = head.Progress with { Deaths = claim.Died ? head.Progress.Deaths + 1 : head.Progress.Deaths };
        RunRow run = NewRun(claimed, claim.RunId, claim.Reason, claim.AgentVersion, previous?.Id, now);
        Cursor inTail = claim.Input?.Tail ?? head.In.Tail;
        Cursor outTail = claim.Output?.Tail ?? head.Out.Tail;
        return new Decision(
            new SessionCommit
            {
                Session = row.Key,
                ExpectedVersion = head.Version,
                ExpectedRunVersion = row.RunVersion,
                ExpectedBoundary = head.Progress.LastBoundary,
                Row = claimed,
                Appends = Appends(row.Key, claim.Input, claim.Output),
                Progress = progress,
                Runs = previous is null || previous.IsFinal ? [run] : [previous with { Status = claim.PreviousStatus, End = claim.PreviousEnd, FinishedAt = now, Error = claim.PreviousError }, run],
            },
            new RunStart
            {
                Session = claimed,
                Version = head.Version + 1,
                Run = run,
                Progress = progress,
                InTail = inTail,
                OutTail = outTail,
                OutTailTimestamp = claim.Output?.Timestamp ?? head.Out.TailTimestamp,
                Payload = BootPayloads.Continuation(row.TriggerConfig, row.Id, previous?.Id),
            });
    }

    /// <summary>The end of a run without a successor. The run version rises, so that whatever the run still writes is refused, and a message that came meanwhile stops it.</summary>
    public static SessionCommit Release(SessionHead head, SessionRow row, RunRow? run, RunStatus status, RunEnd end, string? error, DateTimeOffset now) => new()
    {
        Session = row.Key,
        ExpectedVersion = head.Version,
        ExpectedRunVersion = row.RunVersion,
        ExpectedInTail = head.In.Tail,
        ExpectedBoundary = head.Progress.LastBoundary,
        Row = row with { HasLiveRun = false, RunVersion = row.RunVersion + 1, UpdatedAt = now },
        Runs = run is null || run.IsFinal ? [] : [run with { Status = status, End = end, FinishedAt = now, Error = error }],
    };

    /// <summary>The close of a session. A live run that did not ask for it is told through <c>in</c>, so that a parked one leaves at once.</summary>
    public static SessionCommit Close(SessionHead head, string? reason, bool tellRun, DateTimeOffset now)
    {
        SessionRow row = head.Row;
        RecordBatch? tell = tellRun ? Input(head.In.Tail, InputJson.Close, $"close-{row.Id}", head.In.After(now)) : null;
        return Put(head, row with { ClosedAt = now, ClosedReason = reason, UpdatedAt = now }) with { Appends = Appends(row.Key, tell, output: null) };
    }

    /// <summary>A change of the row alone.</summary>
    /// <remarks>Of two sessions that had one key after each other the versions begin alike, so the run version is asked too: see <see cref="FirstRunVersion"/>.</remarks>
    public static SessionCommit Put(SessionHead head, SessionRow row) => new()
    {
        Session = row.Key,
        ExpectedVersion = head.Version,
        ExpectedRunVersion = head.Row.RunVersion,
        Row = row,
    };

    /// <summary>One record of <c>in</c>, numbered for a tail.</summary>
    public static RecordBatch Input(Cursor tail, ReadOnlyMemory<byte> text, string partId, DateTimeOffset now, params ReadOnlySpan<RecordHeader> headers)
    {
        var builder = new RecordBatchBuilder(tail, text.Length + (text.Length / 8) + 128);
        builder.AddText(text.Span, partId, now.ToUnixTimeMilliseconds(), headers);
        return builder.Take()!;
    }

    /// <summary>How a run's end shows as its status.</summary>
    public static RunStatus StatusOf(RunEnd end) => end switch
    {
        RunEnd.Cancelled or RunEnd.LostClaim or RunEnd.TakenOver => RunStatus.Canceled,
        RunEnd.Expired => RunStatus.Expired,
        RunEnd.MaxDuration => RunStatus.TimedOut,
        RunEnd.Failed => RunStatus.Failed,
        RunEnd.HostLost => RunStatus.Crashed,
        RunEnd.IdleTimeout or RunEnd.PreloadIdle or RunEnd.MaxTurns or RunEnd.EndRun or RunEnd.Upgraded or RunEnd.Closed
            or RunEnd.Evicted or RunEnd.HandoverSkipped => RunStatus.Completed,
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
    };

    /// <summary>
    /// Where the run versions of a session begin: a number of its own, because a key can be used again after a deletion and a run of the
    /// deleted session that still lives somewhere must not pass the new one's fences.
    /// </summary>
    private static long FirstRunVersion(string runId)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in runId)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        // Room to rise, and exact in clients that read numbers as doubles.
        return 1 + (long)(hash >> 12);
    }

    private static StreamAppend[] Appends(SessionKey key, RecordBatch? input, RecordBatch? output) => (input, output) switch
    {
        (null, null) => [],
        (not null, null) => [new StreamAppend(StreamId.In(key), input)],
        (null, not null) => [new StreamAppend(StreamId.Out(key), output)],
        _ => [new StreamAppend(StreamId.In(key), input), new StreamAppend(StreamId.Out(key), output)],
    };

    private static RunRow NewRun(SessionRow row, string runId, RunReason reason, string? version, string? previousRunId, DateTimeOffset now) => new()
    {
        Id = runId,
        Session = row.Key,
        Number = row.RunVersion,
        Reason = reason,
        Agent = row.Agent,
        AgentVersion = version,
        PreviousRunId = previousRunId,
        Status = RunStatus.Queued,
        Tags = BootPayloads.RunTags(row.TriggerConfig),
        CreatedAt = now,
    };
}

/// <summary>A commit to make, and the run to start once it is durable.</summary>
internal sealed record Decision(SessionCommit Commit, RunStart Start);

/// <summary>Who takes a session over, and what goes along in the same commit.</summary>
internal sealed record RunClaim(string RunId, RunReason Reason, string? AgentVersion)
{
    /// <summary>Whether the run before died with its host, failed, ran out of time or handed over in a circle, which counts against the message it was answering.</summary>
    public bool Died { get; init; }

    /// <summary>What the run before becomes if it had not ended.</summary>
    public RunStatus PreviousStatus { get; init; } = RunStatus.Crashed;

    /// <summary>Why it ended.</summary>
    public RunEnd PreviousEnd { get; init; } = RunEnd.HostLost;

    /// <summary>What is shown of its failure.</summary>
    public string? PreviousError { get; init; }

    /// <summary>A record for <c>in</c>.</summary>
    public RecordBatch? Input { get; init; }

    /// <summary>A record for <c>out</c>.</summary>
    public RecordBatch? Output { get; init; }
}
