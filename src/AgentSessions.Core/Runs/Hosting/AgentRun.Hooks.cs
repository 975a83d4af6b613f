using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Turns;
using AgentSessions.Protocol.UI;

namespace AgentSessions.Core.Runs.Hosting;

/// <content>Hooks outside of turns, which may never come back.</content>
internal sealed partial class AgentRun
{
    private const string Boot = "The boot";

    // Code of the agent's is still somewhere in this instance: the run ends with the turn it may have to end, and the next message gets another one.
    private bool _isLeftBehind;

    /// <summary>
    /// Calls hooks of the run's beginning. A stop of the message that waits for them ends them, and the message with them: what it got of its answer
    /// is kept, and the agent is not called. The close of the session ends them too; whoever waits is told with the run's end.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="turns">Ends the message's turn.</param>
    /// <param name="hooks">Calls them.</param>
    /// <param name="undecided">The answer that broke off, as long as nothing was decided about it.</param>
    /// <returns>False if they were stopped: the run must end, and the next one boots anew.</returns>
    /// <exception cref="OperationCanceledException">The run was cut off.</exception>
    private async Task<bool> BootAsync(RunState run, TurnRunner turns, Func<TurnGuard, CancellationToken, Task> hooks, Func<UIMessage?> undecided)
    {
        // The hooks would decide about an answer that was stopped, as if it could go on.
        if (!(_inbox.IsNextStopped && undecided() is not null) && await CallsBackAsync(run, hooks))
        {
            return true;
        }

        run.Deferred.Leave();
        if (_inbox.TryTakeStopped() is { } stopped)
        {
            await turns.StopAsync(stopped, undecided());
            services.Observer?.TurnEnded(start, TurnOutcome.Abandoned, run.Progress.ResumeFloor);
        }

        return false;
    }

    /// <summary>Calls hooks of the run's beginning.</summary>
    /// <returns>False if they were stopped.</returns>
    private async Task<bool> CallsBackAsync(RunState run, Func<TurnGuard, CancellationToken, Task> hooks)
    {
        // Not disposed of: hooks that are left behind may still use it. Nor linked: each run that waits would keep it.
        var ending = new CancellationTokenSource();
        void Cancel() => services.Options.Scheduler.LaunchCancel(ending);
        using CancellationTokenRegistration aborted = _abort.Token.UnsafeRegister(_ => Cancel(), null);
        var guard = new TurnGuard();
        var patience = new AgentPatience(run, guard);
        void End()
        {
            patience.Limit(agent.Options.StopGrace);
            Cancel();
        }

        void Stop()
        {
            if (_inbox.IsNextStopped || run.Closing is not null)
            {
                End();
            }
        }

        async Task<bool> CallAsync()
        {
            await hooks(guard, ending.Token);
            return true;
        }

        _inbox.MessageStopped += Stop;
        run.OnClosing = End;
        try
        {
            Stop();
            if (await patience.WaitAsync(CallAsync) is { } called)
            {
                return await called;
            }

            _abort.Token.ThrowIfCancellationRequested();
            LogHookLeft(start.Run.Id, Boot);
        }
        catch (Exception exception) when (
            exception is not LostClaimException && (_inbox.IsNextStopped || run.Closing is not null) && !_abort.IsCancellationRequested)
        {
            if (exception is not OperationCanceledException)
            {
                LogHookFailed(start.Run.Id, Boot, exception);
            }
        }
        finally
        {
            run.OnClosing = null;
            _inbox.MessageStopped -= Stop;
        }

        return false;
    }

    /// <summary>Why a run ends that did not get through its beginning.</summary>
    private async ValueTask<RunEnd> EndAtBeginningAsync(RunState run) =>
        run.Closing is not null && await LeaveAsync(run) is { } closed ? closed : RunEnd.EndRun;

    /// <summary>Calls a hook whose failure is nobody's. A stop of a message that waits for it lets the run go on without it.</summary>
    private async Task QuietlyAsync(string hook, Func<Task> call)
    {
        if (_isLeftBehind)
        {
            return;
        }

        var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Limit() => _ = GiveAsync(agent.Options.StopGrace, given);
        _inbox.MessageStopped += Limit;
        try
        {
            if (_inbox.HasStoppedMessage)
            {
                Limit();
            }

            if (!await ReturnsAsync(call, given))
            {
                _isLeftBehind = true;
                LogHookLeft(start.Run.Id, hook);
            }
        }
        catch (Exception exception) when (!_abort.IsCancellationRequested)
        {
            LogHookFailed(start.Run.Id, hook, exception);
        }
        finally
        {
            _inbox.MessageStopped -= Limit;
        }
    }

    /// <summary>Waits for code of the agent's: once the run is cut off, only so long.</summary>
    /// <param name="call">The code.</param>
    /// <param name="given">Completed when the agent has had its time.</param>
    /// <returns>False if it was left behind for another reason than the end of the run.</returns>
    /// <exception cref="OperationCanceledException">The run was cut off.</exception>
    private async Task<bool> ReturnsAsync(Func<Task> call, TaskCompletionSource given)
    {
        using CancellationTokenRegistration cut = _abort.Token.UnsafeRegister(_ => _ = GiveAsync(services.Options.AbortGrace, given), null);
        Task running = call();
        await Task.WhenAny(running, given.Task);
        if (!running.IsCompleted)
        {
            _abort.Token.ThrowIfCancellationRequested();
            return false;
        }

        await running;
        return true;
    }

    private async Task GiveAsync(TimeSpan grace, TaskCompletionSource given)
    {
        await Task.Delay(grace, services.Time);
        given.TrySetResult();
    }
}
