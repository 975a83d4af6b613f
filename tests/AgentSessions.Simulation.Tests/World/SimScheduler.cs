namespace AgentSessions.Simulation.Tests.World;

/// <summary>Runs everything of one simulation on one thread, step by step, in an order that the seed decides.</summary>
internal sealed class SimScheduler(Random random) : TaskScheduler
{
    private readonly List<Task> _ready = [];
    private readonly Thread _thread = Thread.CurrentThread;

    public override int MaximumConcurrencyLevel => 1;

    public long Steps { get; private set; }

    /// <summary>Where work came from another thread, which would make the seed worthless; null if none did.</summary>
    public string? Escaped { get; private set; }

    public bool HasWork => _ready.Count > 0;

    /// <summary>Runs one of the steps that are ready.</summary>
    public void RunOne()
    {
        int place = random.Next(_ready.Count);
        Task task = _ready[place];
        _ready[place] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        Steps++;
        TryExecuteTask(task);
    }

    /// <summary>Starts work that nobody waits for.</summary>
    public Task Start(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    protected override void QueueTask(Task task)
    {
        if (Thread.CurrentThread != _thread)
        {
            Escaped ??= Environment.StackTrace;
        }

        lock (_ready)
        {
            _ready.Add(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _ready;
}
