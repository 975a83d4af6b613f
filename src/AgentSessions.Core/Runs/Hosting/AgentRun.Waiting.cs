using AgentSessions.Agents;
using AgentSessions.Core.Runs.Input;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Turns;

namespace AgentSessions.Core.Runs.Hosting;

/// <content>Waiting: for the first step of another process, for input, warm and parked.</content>
internal sealed partial class AgentRun
{
    /// <summary>Waits for what another process answers of the first step, and goes on from there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="turns">Runs its turns.</param>
    /// <param name="recover">Called when there is nothing to go on from, but messages that wait: what the other process wrote is then an answer that broke off. False if it was stopped.</param>
    /// <returns>Why the run must end now, or null.</returns>
    private async Task<RunEnd?> TakeOverAsync(RunState run, TurnRunner turns, Func<Task<bool>> recover)
    {
        _status = RunStatus.Waiting;
        InputRecord? record = await HandoverAsync(run.HandoverWait);
        if (record is null && _isEvicted)
        {
            return RunEnd.Evicted;
        }

        _status = RunStatus.Executing;
        if (record is { Route: InputRoute.Handover })
        {
            return await TurnAsync(run, turns, record);
        }

        _inbox.DropHandovers();
        _inbox.Complete();
        if (!_inbox.HasMessage)
        {
            return RunEnd.HandoverSkipped;
        }

        return await recover() ? null : await EndAtBeginningAsync(run);
    }

    /// <returns>The handover or its calling off; null if neither came in time.</returns>
    private async Task<InputRecord?> HandoverAsync(TimeSpan limit)
    {
        using CancellationTokenSource elapsed = limit > TimeSpan.Zero ? new(limit.ForTimer(), services.Time) : new();
        using CancellationTokenRegistration ring = elapsed.Token.UnsafeRegister(_ => _inbox.Ring(), null);
        while (true)
        {
            // Armed before the look, so that nothing can land between the two.
            Task next = _inbox.WaitForNextAsync();
            if (_inbox.TryTakeHandover() is { } landed)
            {
                return landed;
            }

            if (limit <= TimeSpan.Zero || elapsed.IsCancellationRequested || _isEvicted)
            {
                return null;
            }

            services.Observer?.Waiting(start, limit);
            await next.CompletesWithinAsync(Timeout.InfiniteTimeSpan, services.Time, _abort.Token);
        }
    }

    /// <summary>Waits for input: warm, then parked.</summary>
    /// <returns>Why the run ends, or null when there is something to do.</returns>
    private async Task<RunEnd?> WaitAsync(RunState run, WaitPhase phase)
    {
        bool isPreload = phase == WaitPhase.Preload;
        RunEnd end = isPreload ? RunEnd.PreloadIdle : RunEnd.IdleTimeout;
        if (await HasInputAsync(isPreload ? agent.Options.PreloadIdleTimeout ?? run.IdleTimeout : run.IdleTimeout))
        {
            return null;
        }

        TimeSpan parked = isPreload ? agent.Options.PreloadTurnTimeout ?? run.TurnTimeout : run.TurnTimeout;
        if (parked <= TimeSpan.Zero || (isPreload && agent.Options.ExitAfterPreloadIdle))
        {
            return end;
        }

        var wait = new WaitContext(run, phase);
        await QuietlyAsync(nameof(IAgentHooks.OnSuspendAsync), () => run.Hooks.OnSuspendAsync(wait, _abort.Token));
        if (!await HasInputAsync(parked))
        {
            return end;
        }

        if (!_isEvicted)
        {
            await QuietlyAsync(nameof(IAgentHooks.OnResumeAsync), () => run.Hooks.OnResumeAsync(wait, _abort.Token));
        }

        return null;
    }

    /// <summary>Whether the run was handed its message by an upgrade, has answered nothing, and hands it on to its own version: nobody has deployed another one yet.</summary>
    private bool LeadsBackHere(RunState run) =>
        run.RequestedUpgrade is { Agent: null } successor
        && start.Run.Reason == RunReason.Upgrade
        && run.Progress.LastBoundary == start.Progress.LastBoundary
        && successor.VersionIn(start.Session, services.Agents) == start.Run.AgentVersion;

    /// <summary>
    /// Waits before the message is handed on once more, each time longer, so that the tries last as long as a deployment takes. A stop of the message
    /// ends it meanwhile.
    /// </summary>
    /// <returns>Why the run must end now, or null. When the host stops the message stays owed, and the next one may have the version.</returns>
    private async Task<RunEnd?> PauseAsync(RunState run, TurnRunner turns, InputRecord record)
    {
        TimeSpan limit = UpgradePause(start.Progress.Deaths);
        using var elapsed = new CancellationTokenSource(limit.ForTimer(), services.Time);
        using CancellationTokenRegistration ring = elapsed.Token.UnsafeRegister(_ => _inbox.Ring(), null);

        // It waits again, so that a stop finds it.
        _inbox.Untake(record);
        while (true)
        {
            // Armed before the look, so that nothing can land between the two.
            Task next = _inbox.WaitForNextAsync();
            if (_inbox.TryTakeStopped() is { } stopped)
            {
                await turns.StopAsync(stopped, partial: null);
                services.Observer?.TurnEnded(start, TurnOutcome.Abandoned, run.Progress.ResumeFloor);
                return null;
            }

            if (_isEvicted || run.Closing is not null || elapsed.IsCancellationRequested)
            {
                return _isEvicted ? RunEnd.Evicted : null;
            }

            services.Observer?.Waiting(start, limit);
            await next.CompletesWithinAsync(Timeout.InfiniteTimeSpan, services.Time, _abort.Token);
        }
    }

    /// <param name="tries">How often it was waited before.</param>
    private TimeSpan UpgradePause(int tries)
    {
        TimeSpan pause = services.Options.UpgradePause;
        for (int i = 0; i < tries && pause < services.Options.MaxUpgradePause; i++)
        {
            pause *= 3;
        }

        return pause < services.Options.MaxUpgradePause ? pause : services.Options.MaxUpgradePause;
    }

    private async Task<bool> HasInputAsync(TimeSpan limit)
    {
        Task input = _inbox.WaitAsync();
        if (input.IsCompleted || _isEvicted)
        {
            return true;
        }

        Task<bool> waiting = input.CompletesWithinAsync(limit.ForTimer(), services.Time, _abort.Token);
        services.Observer?.Waiting(start, limit);
        return await waiting;
    }
}
