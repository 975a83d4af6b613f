namespace AgentSessions.Core.Runs;

/// <summary>Waits that come back on the scheduler they were called on, whoever completes them; <see cref="Task.WaitAsync(TimeSpan)"/> goes by way of the pool.</summary>
internal static class TimedWait
{
    /// <summary>The longest wait that is asked of a timer: they take no longer ones than about 49 days.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>As much of a wait as a timer takes.</summary>
    public static TimeSpan ForTimer(this TimeSpan wait) => wait < Longest ? wait : Longest;

    /// <summary>Waits for a task, but only so long.</summary>
    /// <returns>Whether it completed in time, in whatever way.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public static async Task<bool> CompletesWithinAsync(this Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using ITimer timer = time.CreateTimer(static done => ((TaskCompletionSource<bool>)done!).TrySetResult(false), done, limit, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (done, token) => ((TaskCompletionSource<bool>)done!).TrySetCanceled(token), done);
        _ = task.ContinueWith(
            static (_, done) => ((TaskCompletionSource<bool>)done!).TrySetResult(true),
            done,
            CancellationToken.None,
            TaskContinuationOptions.DenyChildAttach | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Current);
        return await done.Task;
    }
}
