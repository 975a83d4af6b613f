namespace AgentSessions.Core.Runs.State;

/// <summary>Holds a turn's output until what must come before it is done: a save elsewhere, or the agent's own work (lifecycle, section 6).</summary>
/// <remarks>Fails open: after ten seconds, or when the work fails, output flows.</remarks>
internal sealed class OutputGate(RunState run)
{
    private readonly Lock _lock = new();
    private int _working;
    private bool _isOpen;
    private CancellationTokenSource? _limit;

    /// <summary>Starts work that output waits for.</summary>
    public void Add(Func<CancellationToken, Task> work)
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                run.Defer(work);
                return;
            }

            _working++;
            run.Writer.Hold();
            _limit ??= StartLimit();
        }

        run.Defer(async cancellationToken =>
        {
            try
            {
                await work(cancellationToken);
            }
            finally
            {
                Done();
            }
        });
    }

    /// <summary>Opens for good.</summary>
    public void Open()
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                return;
            }

            _isOpen = true;
            _limit?.Dispose();
        }

        run.Writer.Release();
    }

    private CancellationTokenSource StartLimit()
    {
        var limit = new CancellationTokenSource(run.Shared.Options.OutputGateLimit, run.Shared.Time);
        limit.Token.UnsafeRegister(static gate => ((OutputGate)gate!).Open(), this);
        return limit;
    }

    private void Done()
    {
        lock (_lock)
        {
            // Once open, the hold is that of another turn's gate.
            if (_isOpen || --_working > 0)
            {
                return;
            }

            run.Writer.Release();
        }
    }
}
