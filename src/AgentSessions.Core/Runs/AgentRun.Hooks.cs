namespace AgentSessions.Core.Runs;

/// <content>Hooks outside of turns, which may never come back.</content>
internal sealed partial class AgentRun
{
    // Code of the agent's is still somewhere in this instance: the run ends with the turn it may have to end, and the next message gets another one.
    private bool _isLeftBehind;

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
