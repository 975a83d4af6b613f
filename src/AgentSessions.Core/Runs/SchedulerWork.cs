namespace AgentSessions.Core.Runs;

/// <summary>Starts work that leaves the caller's scheduler for the one that runs live on.</summary>
internal static class SchedulerWork
{
    public static Task Launch(this TaskScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public static Task<T> Launch<T>(this TaskScheduler scheduler, Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public static Task Launch(this TaskScheduler scheduler, Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);

    /// <summary>Cancels without waiting for what then runs: agents go on in callbacks, and some never come back from them.</summary>
    /// <remarks>
    /// On the pool the token says so at once. Where a test decides the order, that too is one of the things it decides. The source must not be
    /// disposed of.
    /// </remarks>
    public static void LaunchCancel(this TaskScheduler scheduler, CancellationTokenSource source) =>
        _ = scheduler == TaskScheduler.Default ? source.CancelAsync() : scheduler.Launch(source.Cancel);
}
