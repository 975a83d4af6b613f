using System.Runtime.InteropServices;

namespace AgentSessions.Cli.Terminals;

/// <summary>Ctrl-C, given to whoever asked for it last. With nobody asking, the process ends as it would without this.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Action> _handlers = [];
    private PosixSignalRegistration? _registration;

    /// <summary>Those of this process.</summary>
    public static Interrupts OfProcess()
    {
        var interrupts = new Interrupts();
        interrupts._registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = interrupts.Raise());
        return interrupts;
    }

    /// <summary>Takes interrupts over until disposed.</summary>
    public IDisposable Take(Action handler)
    {
        lock (_lock)
        {
            _handlers.Add(handler);
        }

        return new Taken(this, handler);
    }

    /// <summary>A token that the next interrupt cancels, until disposed.</summary>
    public InterruptedToken TakeToken() => new(this);

    /// <summary>Interrupts.</summary>
    /// <returns>Whether somebody took it.</returns>
    public bool Raise()
    {
        Action? handler;
        lock (_lock)
        {
            handler = _handlers.LastOrDefault();
        }

        handler?.Invoke();
        return handler is not null;
    }

    public void Dispose() => _registration?.Dispose();

    private sealed class Taken(Interrupts interrupts, Action handler) : IDisposable
    {
        public void Dispose()
        {
            lock (interrupts._lock)
            {
                interrupts._handlers.Remove(handler);
            }
        }
    }
}
