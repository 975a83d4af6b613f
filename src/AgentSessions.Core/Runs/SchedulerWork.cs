namespace AgentSessions.Core.Runs;

/// <summary>Starts work that leaves the caller's scheduler for the one that runs live on.</summary>
internal static class SchedulerWork
{
    public static Task Run(this TaskScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public static Task<T> Run<T>(this TaskScheduler scheduler, Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public static Task Run(this TaskScheduler scheduler, Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
}
