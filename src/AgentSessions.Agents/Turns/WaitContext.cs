namespace AgentSessions.Agents;

/// <summary>When a run is parked.</summary>
public enum WaitPhase
{
    /// <summary>After a preload, before the first message.</summary>
    Preload,

    /// <summary>After a turn.</summary>
    Turn,

    /// <summary>After a continuation that had nothing to answer.</summary>
    Continuation,
}

/// <summary>A run that is being parked, or that wakes up.</summary>
public class WaitContext
{
    private readonly IRunRuntime _runtime;

    internal WaitContext(IRunRuntime runtime, WaitPhase phase)
    {
        _runtime = runtime;
        Phase = phase;
    }

    /// <summary>When the run is parked.</summary>
    public WaitPhase Phase { get; }

    /// <summary>The caller's id of the conversation.</summary>
    public string ChatId => _runtime.ChatId;

    /// <summary>The server-made id of the session.</summary>
    public string SessionId => _runtime.SessionId;

    /// <summary>The run.</summary>
    public string RunId => _runtime.RunId;

    /// <summary>The run's own scope of services.</summary>
    public IServiceProvider Services => _runtime.Services;
}
