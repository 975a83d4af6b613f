using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.State;

namespace AgentSessions.Core.Turns;

/// <summary>Waits for an agent's code, but only so long once there is a reason not to: a stop, or the end of the run.</summary>
/// <remarks>The code runs on a task of its own, so that an agent that blocks its thread blocks nothing else of the run.</remarks>
internal sealed class AgentPatience(RunState run, TurnGuard guard)
{
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(50);
    private readonly TaskCompletionSource _abandoned = new();

    /// <summary>From now on the agent has this long to come back.</summary>
    public void Limit(TimeSpan grace) => _ = AbandonLaterAsync(grace);

    /// <summary>Runs code and waits for it.</summary>
    /// <returns>The completed task, or null if the code was abandoned.</returns>
    public async Task<Task<T>?> WaitAsync<T>(Func<Task<T>> code)
    {
        using CancellationTokenRegistration registration = run.RunAborted.UnsafeRegister(_ => Limit(run.Shared.Options.AbortGrace), null);
        Task<T> running = run.Shared.Options.Scheduler.Launch(code);
        await Task.WhenAny(running, _abandoned.Task);
        return _abandoned.TrySetResult() ? running : null;
    }

    private async Task AbandonLaterAsync(TimeSpan grace)
    {
        await Task.Delay(grace, run.Shared.Time);
        while (!_abandoned.Task.IsCompleted)
        {
            if (guard.TryAbandon())
            {
                _abandoned.TrySetResult();
            }
            else
            {
                // The runtime's own code is running and will be done soon, or is about to call the agent's.
                await Task.Delay(_retry, run.Shared.Time);
            }
        }
    }
}
