namespace AgentSessions.Core.Runs.State;

/// <summary>Work that runs beside turns, and no longer than the run.</summary>
/// <param name="scheduler">Where it runs.</param>
/// <param name="aborted">Cancels it.</param>
internal sealed class DeferredWork(TaskScheduler scheduler, CancellationToken aborted)
{
    private readonly Lock _gate = new();

    // Made for the first work: most runs have none.
    private CancellationTokenSource? _ending;
    private List<Task>? _left;
    private List<Task>? _tasks;

    public void Start(Func<CancellationToken, Task> work)
    {
        CancellationToken ending = Ending().Token;
        Task task = scheduler.Launch(() => work(ending));
        lock (_gate)
        {
            (_tasks ??= []).Add(task);
        }
    }

    /// <summary>No turn waits any more for what was started so far. It runs on.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            Leave(_tasks);
            _tasks = null;
        }
    }

    /// <summary>Waits for what was started since. What fails or takes longer than the limit is left to itself.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What failed.</returns>
    public async ValueTask<IReadOnlyList<Exception>> SettleAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        List<Task> tasks;
        lock (_gate)
        {
            if (_tasks is null)
            {
                return [];
            }

            tasks = _tasks;
            _tasks = null;
        }

        try
        {
            await Task.WhenAll(tasks).WaitAsync(limit, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Each task is looked at below.
        }
        finally
        {
            lock (_gate)
            {
                Leave(tasks);
            }
        }

        return [.. tasks.Where(static task => task.IsFaulted).Select(static task => task.Exception!.GetBaseException())];
    }

    /// <summary>Cancels everything, and waits a while for it: what it uses goes away with the run.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">The clock.</param>
    public async ValueTask EndAsync(TimeSpan limit, TimeProvider time)
    {
        Leave();
        Task[] left;
        lock (_gate)
        {
            left = [.. _left ?? []];
        }

        if (left.Length > 0)
        {
            scheduler.LaunchCancel(Ending());
            await Task.WhenAll(left).CompletesWithinAsync(limit, time, CancellationToken.None);
        }
    }

    private CancellationTokenSource Ending()
    {
        lock (_gate)
        {
            if (_ending is null)
            {
                _ending = new CancellationTokenSource();
                aborted.UnsafeRegister(static work => ((DeferredWork)work!).Cancel(), this);
            }

            return _ending;
        }
    }

    private void Cancel() => scheduler.LaunchCancel(_ending!);

    private void Leave(List<Task>? tasks)
    {
        _left?.RemoveAll(static task => task.IsCompleted);
        if (tasks?.FindAll(static task => !task.IsCompleted) is { Count: > 0 } running)
        {
            (_left ??= []).AddRange(running);
        }
    }
}
