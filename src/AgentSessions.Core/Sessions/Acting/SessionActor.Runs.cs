using AgentSessions.Core.Events;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Sessions.Acting;

/// <content>Who owns the session: claims, hand-offs, ends and recoveries of runs.</content>
public sealed partial class SessionActor : IRunOwner
{
    /// <summary>
    /// Looks after a session whose row says that a run is live: if its host died, what is owed gets a new run, by itself. If the session has
    /// expired or is closed, its run is ended, and readers are told what stays unanswered.
    /// </summary>
    /// <returns>Whether a run was started.</returns>
    public async ValueTask<bool> RecoverAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < MaxAttempts; i++)
        {
            SessionHead? head = await ReloadAsync(cancellationToken);
            if (head is not { Row: { HasLiveRun: true, IsHeld: false } })
            {
                return false;
            }

            SessionStatus status = head.Row.StatusAt(Now);
            if (status == SessionStatus.Expired)
            {
                await ExpireAsync(cancellationToken);
                return false;
            }

            if (context.IsDraining() || await HasRunAsync(head.Row))
            {
                return false;
            }

            if (status == SessionStatus.Active && await IsOwedAsync(head, head.Progress.ResumeFloor, cancellationToken))
            {
                if (await CommitAsync(await ContinueAsync(head, head.Row, input: null, cancellationToken), cancellationToken))
                {
                    return true;
                }

                continue;
            }

            RunRow? run = await CurrentRunAsync(head.Row, cancellationToken);
            SessionCommit release = SessionRules.Release(head, head.Row, run, RunStatus.Crashed, RunEnd.HostLost, error: null, Now);
            if (await CommitAsync(status == SessionStatus.Closed ? await EndingAsync(head, release, cancellationToken) : release, cancellationToken))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Ends a run from outside. Messages behind the one it was at that were promised turns of their own are answered by a next run.</summary>
    /// <returns>The run as it is afterwards.</returns>
    /// <exception cref="SessionException">No such run.</exception>
    public async ValueTask<RunRow> CancelRunAsync(string runId, CancellationToken cancellationToken)
    {
        RunRow cancelled = await RetryAsync(
            async () =>
            {
                SessionHead head = await ReloadAsync(cancellationToken) ?? throw NoSuchRun(runId);
                RunRow run = await context.Store.FindRunAsync(key.Environment, runId, cancellationToken) ?? throw NoSuchRun(runId);
                if (run.IsFinal)
                {
                    return run;
                }

                SessionCommit commit = head.Row.CurrentRunId == runId
                    ? await CancellingAsync(head, run, cancellationToken)
                    : new SessionCommit { Session = key, Runs = [run with { Status = RunStatus.Canceled, End = RunEnd.Cancelled, FinishedAt = Now }] };
                if (!await CommitAsync(commit, cancellationToken))
                {
                    return null;
                }

                context.Runs.Cancel(key, runId);
                context.Hub.Interrupt(StreamId.Out(key));
                return commit.Runs[0];
            },
            cancellationToken);

        // Only now nothing more is written to `out`, so that the next run reads all that was said.
        return await RetryAsync(async () => await TryContinueAsync(runId, cancellationToken) ? cancelled : null, cancellationToken);
    }

    /// <summary>The end of a run that is cancelled. If messages behind the one it was at are owed turns all the same, that one is stopped, and the session stays owed.</summary>
    private async ValueTask<SessionCommit> CancellingAsync(SessionHead head, RunRow run, CancellationToken cancellationToken)
    {
        SessionCommit release = SessionRules.Release(head, head.Row, run, RunStatus.Canceled, RunEnd.Cancelled, error: null, Now);
        InputRecord[] owed = head.Row.StatusAt(Now) == SessionStatus.Active ? await OwedAsync(head, cancellationToken).ToArrayAsync(cancellationToken) : [];
        if (!owed.Skip(1).Any(static input => input.Terms is { IsApart: true }))
        {
            return release;
        }

        RecordBatch stop = SessionRules.Input(
            head.In.Tail, InputJson.Stop, $"cancel-{run.Id}", head.In.After(Now), new MessageTerms { Stops = owed[0].Sequence }.ToHeader());
        return release with { Row = release.Row! with { HasLiveRun = true }, Appends = [new StreamAppend(StreamId.In(key), stop)] };
    }

    /// <summary>Starts the run that a cancelled one left owed.</summary>
    /// <returns>False if another writer was faster.</returns>
    private async ValueTask<bool> TryContinueAsync(string cancelledRunId, CancellationToken cancellationToken)
    {
        SessionHead? head = await ReloadAsync(cancellationToken);
        return head is not { Row: { HasLiveRun: true, IsHeld: false } row } || row.CurrentRunId != cancelledRunId
            || row.StatusAt(Now) != SessionStatus.Active || context.IsDraining()
            || await CommitAsync(await ContinueAsync(head, row, input: null, cancellationToken), cancellationToken);
    }

    /// <summary>Hands the session from the calling run to a successor, asked for from outside the run.</summary>
    /// <exception cref="SessionException">See <see cref="ISessionEngine.SwapRunAsync"/>.</exception>
    public async ValueTask<SwappedRun> SwapRunAsync(SwapRun swap, CancellationToken cancellationToken)
    {
        SessionHead head = await RequireActiveAsync(cancellationToken);
        RunRow? calling = await context.Store.FindRunAsync(key.Environment, swap.CallingRunId, cancellationToken);
        if (calling is null || calling.Session != key)
        {
            throw NoSuchRun(swap.CallingRunId);
        }

        if (head.Row.CurrentRunId == calling.Id
            && await SwapAsync(calling.Id, head.Row.RunVersion, swap.Reason, new RunSuccessor(swap.AgentVersion), caller: null, cancellationToken))
        {
            context.Runs.Cancel(key, calling.Id);
            return new SwappedRun(_head!.Row.CurrentRunId!, Swapped: true);
        }

        head = await RequireAsync(cancellationToken);
        return new SwappedRun(head.Row.CurrentRunId!, Swapped: false);
    }

    /// <inheritdoc/>
    async ValueTask IRunOwner.EndAsync(
        RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error, CancellationToken cancellationToken)
    {
        await RetryAsync(
            async () =>
            {
                SessionHead? head = await ReloadAsync(cancellationToken);
                if (head is null || head.Row.RunVersion != run.Session.RunVersion)
                {
                    return await EndDisownedAsync(run, end, error, cancellationToken) ? run : null;
                }

                progress = progress with { LastBoundary = head.Progress.LastBoundary };
                head = head with { Progress = progress };
                RunStatus status = SessionRules.StatusOf(end);
                SessionStatus session = head.Row.StatusAt(Now);
                bool isOwed = await IsOwedAsync(head, consumedThrough, cancellationToken);
                RunRow row = await context.Store.FindRunAsync(key.Environment, run.Run.Id, cancellationToken) ?? run.Run;
                IReadOnlyList<StatePut> told = end == RunEnd.Failed && context.Outbox is { } outbox
                    ? outbox.Put(new SessionEvent.RunFailed(head.Row, run.Run.Id, row.Agent, error))
                    : [];
                if (isOwed && session == SessionStatus.Active && !context.IsDraining())
                {
                    var claim = new RunClaim(context.Ids.NewRunId(), RunReason.Continuation, Version(head.Row, row))
                    {
                        Died = end is RunEnd.Failed or RunEnd.MaxDuration,
                        PreviousStatus = status,
                        PreviousEnd = end,
                        PreviousError = error,
                    };
                    Decision decision = SessionRules.Claim(head, head.Row, row, claim, Now);
                    decision = decision with { Commit = decision.Commit with { States = [.. decision.Commit.States, .. told] } };
                    return await CommitAsync(decision, cancellationToken) ? run : null;
                }

                // What is owed stays marked: for the next host, or for the end of a session that has expired. A closed one ends here.
                bool isClosed = session == SessionStatus.Closed;
                SessionCommit release = SessionRules.Release(head, head.Row, row, status, end, error, Now);
                release = release with { Progress = progress, Row = release.Row! with { HasLiveRun = isOwed && !isClosed }, States = [.. release.States, .. told] };
                return await CommitAsync(isOwed && isClosed ? await EndingAsync(head, release, cancellationToken) : release, cancellationToken) ? run : null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    async ValueTask<bool> IRunOwner.SwapAsync(RunStart run, RunSuccessor successor, CancellationToken cancellationToken)
    {
        bool isUpgrade = successor.Agent is null;
        try
        {
            return await SwapAsync(
                run.Run.Id, run.Session.RunVersion, isUpgrade ? RunReason.Upgrade : RunReason.Continuation, successor, isUpgrade ? run : null, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            Forget();
            throw exception.AsSessionException();
        }
    }

    /// <inheritdoc/>
    async ValueTask IRunOwner.CloseSessionAsync(RunStart run, string? reason, CancellationToken cancellationToken)
    {
        await CloseAsync(reason, run.Run.Id, cancellationToken);
    }

    /// <summary>Claims a successor while the run still owns the session; its announcement on <c>out</c> is part of the claim.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="runVersion">The version it owns the session with.</param>
    /// <param name="reason">Why.</param>
    /// <param name="successor">Who is to go on.</param>
    /// <param name="caller">The run that asks for an upgrade itself, of which readers are told; else null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async ValueTask<bool> SwapAsync(
        string runId, long runVersion, RunReason reason, RunSuccessor successor, RunStart? caller, CancellationToken cancellationToken)
    {
        for (int i = 0; i < MaxAttempts; i++)
        {
            SessionHead? head = await ReloadAsync(cancellationToken);
            if (head is null || head.Row.RunVersion != runVersion || head.Row.IsHeld || head.Row.StatusAt(Now) != SessionStatus.Active)
            {
                return false;
            }

            RunRow? previous = await context.Store.FindRunAsync(key.Environment, runId, cancellationToken);
            SessionRow row = successor.Agent is { } agent ? head.Row with { Agent = agent } : head.Row;
            var claim = new RunClaim(context.Ids.NewRunId(), reason, successor.VersionIn(row, context.Agents))
            {
                // What was handed on to a run that hands it on as well, be it to its own version or in a circle of several, could go on so for ever: such tries are counted as deaths are.
                Died = caller is { Run.Reason: RunReason.Upgrade } && caller.Progress.LastBoundary == head.Progress.LastBoundary,
                PreviousStatus = RunStatus.Completed,
                PreviousEnd = RunEnd.Upgraded,
                Output = caller is null ? null : Announcement(head.Out),
            };
            if (await CommitAsync(SessionRules.Claim(head, row, previous, claim, Now), cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private RecordBatch Announcement(StreamBounds output)
    {
        var builder = new RecordBatchBuilder(output.Tail);
        builder.Add([], [new RecordHeader(ControlHeaders.Control, ControlHeaders.UpgradeRequired)], output.After(Now).ToUnixTimeMilliseconds());
        return builder.Take()!;
    }

    /// <summary>The end of a run that owns nothing any more: only its own row is left to finish.</summary>
    private async ValueTask<bool> EndDisownedAsync(RunStart run, RunEnd end, string? error, CancellationToken cancellationToken)
    {
        RunRow? row = await context.Store.FindRunAsync(key.Environment, run.Run.Id, cancellationToken);
        if (row is null || row.IsFinal)
        {
            return true;
        }

        row = row with { Status = SessionRules.StatusOf(end), End = end, Error = error, FinishedAt = Now };
        return await CommitAsync(new SessionCommit { Session = key, Runs = [row] }, cancellationToken);
    }

    /// <summary>A claim after a run that has ended, whose host died, or that waits in vain.</summary>
    private async ValueTask<Decision> ContinueAsync(
        SessionHead head, SessionRow row, RecordBatch? input, CancellationToken cancellationToken, bool isPending = false)
    {
        // The run before wrote `out` and progress by itself, so they are read again; the claim's conditions catch what moves after that.
        SessionHead? fresh = await context.Store.LoadAsync(key, cancellationToken);
        if (fresh is not null && fresh.Version == head.Version)
        {
            head = fresh;
        }

        RunRow? previous = await CurrentRunAsync(head.Row, cancellationToken);
        var claim = new RunClaim(context.Ids.NewRunId(), RunReason.Continuation, Version(row, previous)) { Input = input };
        claim = isPending
            ? claim with { PreviousStatus = RunStatus.Completed, PreviousEnd = RunEnd.Upgraded }
            : claim with { Died = previous is { IsFinal: false } };
        return SessionRules.Claim(head, row, previous, claim, Now);
    }

    private async ValueTask<RunRow?> CurrentRunAsync(SessionRow row, CancellationToken cancellationToken) =>
        row.CurrentRunId is null ? null : await context.Store.FindRunAsync(key.Environment, row.CurrentRunId, cancellationToken);

    /// <summary>The version the session is locked to, else the one that is deployed; an agent without one keeps what its run before was upgraded to.</summary>
    private string? Version(SessionRow row, RunRow? previous) =>
        SessionPin.Of(row) ?? context.Agents.Find(row.Agent)?.Version ?? previous?.AgentVersion;

    /// <summary>Whether the current run waits for a version that the session is not locked to any more.</summary>
    private async ValueTask<bool> IsUnlockedAsync(SessionRow row, SessionRow refreshed) =>
        SessionPin.Of(refreshed) != SessionPin.Of(row) && row is { HasLiveRun: true, IsHeld: false, CurrentRunId: string runId } && !context.IsDraining()
        && await context.Runs.FindAsync(key, runId) == RunStatus.PendingVersion;

    private async ValueTask<bool> IsOwedAsync(SessionHead head, long consumedThrough, CancellationToken cancellationToken)
    {
        Cursor from = Cursor.After(consumedThrough);
        bool awaitsHandover = from < head.In.Tail && HeadStart.IsOpen(head.Row, head.Progress);
        while (from < head.In.Tail)
        {
            if (await context.Store.ReadAsync(StreamId.In(key), from, maxBytes: 256 * 1024, cancellationToken) is not RecordBatch batch)
            {
                return false;
            }

            if (batch.Decode().Any(record => InputJson.IsOwed(record, awaitsHandover)))
            {
                return true;
            }

            from = batch.Tail;
        }

        return false;
    }

    private static SessionException NoSuchRun(string runId) => new(SessionErrorCode.RunNotFound, $"Run {runId} not found");
}
