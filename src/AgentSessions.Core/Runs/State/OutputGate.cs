using AgentSessions.Core.Runs.Writing;

namespace AgentSessions.Core.Runs.State;

/// <summary>Holds a turn's output until what must come before it is done: a save elsewhere, or the agent's own work (lifecycle, section 6).</summary>
/// <remarks>Fails open: after a while, or when the work fails, output flows.</remarks>
/// <param name="writer">Holds the output.</param>
/// <param name="deferred">Does the work.</param>
/// <param name="longest">How long output is held at most.</param>
/// <param name="time">The clock.</param>
internal sealed class OutputGate(OutWriter writer, DeferredWork deferred, TimeSpan longest, TimeProvider time)
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
                deferred.Start(work);
                return;
            }

            _working++;
            writer.Hold();
            _limit ??= StartLimit();
        }

        deferred.Start(async cancellationToken =>
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

        writer.Release();
    }

    private CancellationTokenSource StartLimit()
    {
        var limit = new CancellationTokenSource(longest, time);
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

            writer.Release();
        }
    }
}
