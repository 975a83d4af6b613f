using AgentSessions.Core.Sessions;

namespace AgentSessions.Core.Runs;

/// <summary>Where runs live: starts them and cuts them off. Calls return at once; what they asked for may be lost with the host.</summary>
public interface IRunHost
{
    /// <summary>Starts a claimed run.</summary>
    /// <param name="start">What it knows.</param>
    /// <param name="owner">What it calls back.</param>
    void Start(RunStart start, IRunOwner owner);

    /// <summary>Cuts a run off without a boundary, if it lives here.</summary>
    void Cancel(SessionKey session, string runId);

    /// <summary>Its state if it lives here, else null.</summary>
    RunStatus? StatusOf(SessionKey session, string runId);

    /// <summary>Its state wherever it lives, here or on another host; null when it is nowhere. Default: a host that is alone.</summary>
    ValueTask<RunStatus?> FindAsync(SessionKey session, string runId) => new(StatusOf(session, runId));
}
