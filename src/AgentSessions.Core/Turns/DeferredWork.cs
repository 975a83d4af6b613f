using AgentSessions.Core.Runs;

namespace AgentSessions.Core.Turns;

/// <summary>Work that runs beside turns.</summary>
internal sealed class DeferredWork(TaskScheduler scheduler)
{
    private readonly Lock _gate = new();
    private List<Task> _tasks = [];

    public void Start(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        Task task = scheduler.Run(() => work(cancellationToken));
        lock (_gate)
        {
            _tasks.Add(task);
        }
    }

    /// <summary>Waits for what was started so far. What fails or takes longer than the limit is left to itself.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What failed.</returns>
    public async ValueTask<IReadOnlyList<Exception>> SettleAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        List<Task> tasks;
        lock (_gate)
        {
            if (_tasks.Count == 0)
            {
                return [];
            }

            tasks = _tasks;
            _tasks = [];
        }

        try
        {
            await Task.WhenAll(tasks).WaitAsync(limit, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Each task is looked at below.
        }

        lock (_gate)
        {
            _tasks.AddRange(tasks.Where(static task => !task.IsCompleted));
        }

        return [.. tasks.Where(static task => task.IsFaulted).Select(static task => task.Exception!.GetBaseException())];
    }
}
