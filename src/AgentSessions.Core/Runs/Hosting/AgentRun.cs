using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.Loops;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Telemetry;
using AgentSessions.Core.Turns;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.UI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>One life of an agent's code for a session: boots, answers turn after turn, waits between them, and ends with the exit handshake.</summary>
internal sealed partial class AgentRun(RunStart start, IRunOwner owner, AgentDefinition agent, RunServices services) : IHostedRun
{
    private readonly CancellationTokenSource _abort = new();
    private readonly Inbox _inbox = new(
        Math.Max(start.Progress.ResumeFloor, start.Run.Reason == RunReason.Initial ? -1 : start.InTail.LastSequence),
        takesHandovers: agent.Loop is null && HeadStart.IsOpen(start.Session, start.Progress));
    private readonly ILogger _logger = services.LoggerOf<AgentRun>();
    private object? _abortedAs;
    private volatile bool _isEvicted;
    private bool _hasBacklog;
    private volatile RunStatus _status = RunStatus.Queued;

    public RunStart Start => start;

    public RunStatus Status => _status;

    private RunEnd? AbortedAs => (RunEnd?)Volatile.Read(ref _abortedAs);

    /// <summary>Cuts the run off: no boundary is written.</summary>
    /// <param name="end">Why.</param>
    public void Abort(RunEnd end)
    {
        if (Interlocked.CompareExchange(ref _abortedAs, end, null) is not null)
        {
            return;
        }

        // Elsewhere: the agent's own callbacks run here, and whoever aborts must not wait for them.
        _ = services.Options.Scheduler.Launch(() =>
        {
            try
            {
                _abort.Cancel();
            }
            catch (AggregateException exception)
            {
                LogCallbackFailed(start.Run.Id, exception);
            }
        });
    }

    /// <summary>Asks the run to leave as soon as it is between turns.</summary>
    public void Evict()
    {
        _isEvicted = true;
        _inbox.Ring();
    }

    /// <summary>Lives.</summary>
    public async Task RunAsync()
    {
        await using AsyncServiceScope scope = services.Scopes.CreateAsyncScope();
        using var writer = new OutWriter(services.Store, services.Hub, start, services.Time, services.Options.Out, services.LoggerOf<OutWriter>(), _abort.Token) { Redaction = services.Redaction, Gathering = services.Gathering };
        writer.Ended += exception => Abort(exception is LostClaimException ? RunEnd.LostClaim : RunEnd.Failed);
        RunState? run = null;
        RunEnd end;
        string? error = null;
        try
        {
            run = new RunState(start, agent, scope.ServiceProvider, services, _inbox, writer, _abort.Token);
            scope.ServiceProvider.GetRequiredService<RunScope>().Run = run;
            await using var instance = new InstanceDisposal();
            end = await SettleAsync(run, () => LiveAsync(run, instance));
            if (end == RunEnd.MaxTurns && agent.Loop is null)
            {
                await writer.FlushAsync();
                run.LeaveConversation();
            }
        }
        catch (Exception exception)
        {
            (end, error) = Explain(exception);
        }

        await EndAsync(run, end, error);
        services.Observer?.Ended(start, end);
    }

    /// <summary>Sees to it that nothing the agent has deferred outlives what it uses, and that what it injected is not lost.</summary>
    private async Task<RunEnd> SettleAsync(RunState run, Func<Task<RunEnd>> live)
    {
        RunEnd end;
        try
        {
            end = await live();
            await run.SettleDeferredAsync();
        }
        finally
        {
            await run.Deferred.EndAsync(services.Options.AbortGrace, services.Time);
        }

        if (end is not (RunEnd.Upgraded or RunEnd.LostClaim) && run.Closing is null)
        {
            await run.Saves.SaveInjectedAsync();
        }

        return end;
    }

    private async Task<RunEnd> LiveAsync(RunState run, InstanceDisposal instance)
    {
        using CancellationTokenSource? limit = agent.Options.MaxDuration is { } most ? new CancellationTokenSource(most.ForTimer(), services.Time) : null;
        using CancellationTokenRegistration? limited = limit?.Token.UnsafeRegister(_ => Abort(RunEnd.MaxDuration), null);
        _status = RunStatus.Executing;
        _inbox.Received += sequence => services.Observer?.Received(start, sequence);
        var boot = new RunBoot(run, services.LoggerOf<RunBoot>());
        var turns = new TurnRunner(run, services.LoggerOf<TurnRunner>());
        OutReplayResult? replayed = await LoadAsync(run, boot, turns);
        run.Hooks = HooksOf(instance.Own(agent.Create(run.Services)), run);
        _inbox.CloseReceived += () => _ = LookForCloseAsync(run);
        var reader = new InputReader(services.Hub, StreamId.In(start.Session.Key), _inbox, services.Time, services.LoggerOf<InputReader>());
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(_abort.Token);
        Task following = services.Options.Scheduler.Launch(() => reader.FollowAsync(start.InTail, reading.Token));
        try
        {
            Task<bool> CallAsync(Func<OutReplayResult?, TurnGuard, CancellationToken, Task> hooks) =>
                BootAsync(run, turns, (guard, token) => hooks(replayed, guard, token), () => boot.Undecided(replayed));

            return agent.Loop is { } author ? await LoopAsync(run, turns, author)
                : await CallAsync(boot.CallHooksAsync) ? await AnswerAsync(run, turns, () => CallAsync(boot.RecoverAsync))
                : await EndAtBeginningAsync(run);
        }
        finally
        {
            reading.Cancel();
            await following;
        }
    }

    private async Task<RunEnd> AnswerAsync(RunState run, TurnRunner turns, Func<Task<bool>> recover)
    {
        if (run.AwaitsHandover && await TakeOverAsync(run, turns, recover) is { } skipped)
        {
            return skipped;
        }

        WaitPhase phase = run.IsPreloaded ? WaitPhase.Preload : WaitPhase.Continuation;
        while (true)
        {
            (InputRecord? record, RunEnd end) = await NextAsync(run, phase);
            if (record is null)
            {
                return end;
            }

            phase = WaitPhase.Turn;
            if (await TurnAsync(run, turns, record) is { } left)
            {
                return left;
            }
        }
    }

    /// <summary>Lets the author drive the turns.</summary>
    private async Task<RunEnd> LoopAsync(RunState run, TurnRunner turns, Func<IAgentSessionLoop, CancellationToken, Task> author)
    {
        RunEnd end = RunEnd.EndRun;
        WaitPhase phase = run.IsPreloaded ? WaitPhase.Preload : WaitPhase.Continuation;
        using var loop = new SessionLoop(run, turns, async () =>
        {
            (InputRecord? record, RunEnd reason) = await NextAsync(run, phase);
            phase = WaitPhase.Turn;
            end = record is null ? reason : end;
            return record;
        });
        try
        {
            // On its own task, so that an author who blocks the thread blocks nothing else of the run.
            await services.Options.Scheduler.Launch(() => author(loop, _abort.Token)).WaitAsync(_abort.Token);
            await loop.CloseAsync(error: null);
            return end;
        }
        catch (Exception exception) when (exception is not LostClaimException && !_abort.IsCancellationRequested)
        {
            await loop.CloseAsync(exception);
            throw;
        }
    }

    /// <summary>Waits for the next record that makes a turn.</summary>
    /// <returns>The record; or null and why the run must end.</returns>
    private async Task<(InputRecord? Record, RunEnd End)> NextAsync(RunState run, WaitPhase phase)
    {
        while (true)
        {
            _abort.Token.ThrowIfCancellationRequested();
            if (await LeaveAsync(run) is { } end)
            {
                return (null, end);
            }

            if (_inbox.TryTake() is not { } record)
            {
                _status = RunStatus.Waiting;
                services.Turns.Rest(start.Session.Key);
                if (await WaitAsync(run, phase) is { } idle)
                {
                    return (null, idle);
                }

                _status = RunStatus.Executing;
                continue;
            }

            ThrowIfAborted();
            if (record.Trigger == InputTrigger.Close)
            {
                _inbox.Complete();
                return (null, RunEnd.Closed);
            }

            if (record.Terms?.Agent is { } other && other != agent.Name && services.Agents.Find(other) is not null)
            {
                // The message stays owed, and the successor is the agent it asks for.
                _inbox.Untake(record);
                run.RequestAgent(other);
                continue;
            }

            return (record, default);
        }
    }

    /// <summary>The token is cancelled a little later, and until then a message could come in that is not this run's any more. It stays owed.</summary>
    private void ThrowIfAborted()
    {
        if (AbortedAs is not null)
        {
            throw new OperationCanceledException(_abort.Token);
        }
    }

    /// <returns>Why the run must end now, or null.</returns>
    private async Task<RunEnd?> TurnAsync(RunState run, TurnRunner turns, InputRecord record)
    {
        TurnOutcome outcome = await turns.RunAsync(record);
        services.Observer?.TurnEnded(start, outcome, run.Progress.ResumeFloor);
        if (outcome == TurnOutcome.Abandoned)
        {
            run.Deferred.Leave();
        }

        if (outcome == TurnOutcome.HandedOver && LeadsBackHere(run))
        {
            return await PauseAsync(run, turns, record);
        }

        return outcome switch
        {
            // The agent's code is still somewhere in this instance; the next message gets another one.
            TurnOutcome.Abandoned => RunEnd.EndRun,
            TurnOutcome.Aborted => throw new OperationCanceledException(_abort.Token),
            _ when _isLeftBehind => RunEnd.EndRun,
            _ => null,
        };
    }

    /// <summary>The reasons to leave between turns, the strongest first.</summary>
    private async Task<RunEnd?> LeaveAsync(RunState run)
    {
        if (run.Closing is { } closing)
        {
            await CallOwnerAsync(() => owner.CloseSessionAsync(start, closing.Reason, CancellationToken.None));
            return RunEnd.Closed;
        }

        if (run.RequestedUpgrade is { } successor)
        {
            await run.Saves.SaveInjectedAsync();
            await run.Writer.FlushAsync();
            bool swapped = false;
            await CallOwnerAsync(async () => swapped = await owner.SwapAsync(start, successor, CancellationToken.None));
            return swapped ? RunEnd.Upgraded : RunEnd.LostClaim;
        }

        return run.IsEndRequested ? RunEnd.EndRun
            : run.Turns >= agent.Options.MaxTurns ? RunEnd.MaxTurns
            : _isEvicted ? RunEnd.Evicted
            : null;
    }

    /// <summary>A record told the run to end. If that is because the session was closed, the turn that lives ends early and says so.</summary>
    private async Task LookForCloseAsync(RunState run)
    {
        try
        {
            SessionHead? head = await services.Store.LoadAsync(start.Session.Key, _abort.Token);
            if (head?.Row.ClosedAt is not null)
            {
                run.CloseSession(head.Row.ClosedReason);
            }
        }
        catch (Exception exception)
        {
            // The record itself still ends the run after its turn.
            LogCloseUnknown(start.Run.Id, exception);
        }
    }

    private (RunEnd End, string? Error) Explain(Exception exception)
    {
        if (exception is LostClaimException)
        {
            return (RunEnd.LostClaim, null);
        }

        if (AbortedAs is { } reason)
        {
            return (reason, reason == RunEnd.Failed ? AgentOptions.DefaultErrorText : null);
        }

        if (exception is AgentUserException shown)
        {
            LogRefused(start.Run.Id, start.Run.Agent, start.Session.Id, shown.Kind());
            return (RunEnd.Failed, shown.Message);
        }

        LogFailed(start.Run.Id, start.Run.Agent, start.Session.Id, exception);
        return (RunEnd.Failed, AgentOptions.DefaultErrorText);
    }

    private async Task EndAsync(RunState? run, RunEnd end, string? error)
    {
        // A run that died before it knew what it owes has consumed nothing. After so many of them, what cannot even be read is let go.
        bool knowsNothing = !_hasBacklog && start.Progress.Deaths < (run?.MaxAttempts ?? services.Options.MaxAttempts);
        (long floor, long applied) = knowsNothing ? (start.Progress.ResumeFloor, start.Progress.AppliedThrough) : _inbox.Cursors();
        SessionProgress progress = (run?.Progress ?? start.Progress) with { ResumeFloor = floor, AppliedThrough = applied };
        LogEnded(start.Run.Id, start.Run.Agent, start.Session.Id, end);
        await CallOwnerAsync(() => owner.EndAsync(start, end, progress, floor, error, CancellationToken.None));
    }

    /// <summary>Calls the session, again and again while it cannot be reached: what the call says must not be lost.</summary>
    private async Task CallOwnerAsync(Func<ValueTask> call)
    {
        var backoff = new Backoff(services.Options.Out, services.Time);
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (SessionException exception) when (exception.Code == SessionErrorCode.StoreUnavailable && !_isEvicted)
            {
                LogOwnerRetry(start.Run.Id, exception.Message);
                await backoff.WaitAsync(CancellationToken.None);
            }
        }
    }
}
