using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using Orleans.Placement;

namespace AgentSessions.Orleans.Grains;

/// <summary>Keeps a run's place in the cluster. The run itself is a task of the node's <see cref="RunHost"/>, since it outlives any call.</summary>
[PreferLocalPlacement]
internal sealed class RunGrain(RunHost runs, SessionCalls sessions) : Grain, IRunGrain
{
    private static readonly TimeSpan _lookInterval = TimeSpan.FromSeconds(30);

    private IGrainTimer? _look;

    public Task StartAsync(RunStart start)
    {
        SessionKey session = start.Session.Key;
        if (runs.StatusOf(session, start.Run.Id) is null)
        {
            runs.Start(start, new GrainRunOwner(sessions, session));
        }

        // Each look counts as use, so the grain stays as long as its run.
        _look ??= this.RegisterGrainTimer(
            () =>
            {
                LeaveIfOver(session, start.Run.Id);
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(_lookInterval, _lookInterval) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task<RunStatus?> GetStatusAsync(SessionKey session, string runId)
    {
        LeaveIfOver(session, runId);
        return Task.FromResult(runs.StatusOf(session, runId));
    }

    public Task CancelAsync(SessionKey session, string runId)
    {
        runs.Cancel(session, runId);
        return Task.CompletedTask;
    }

    private void LeaveIfOver(SessionKey session, string runId)
    {
        if (runs.StatusOf(session, runId) is null)
        {
            _look?.Dispose();
            DeactivateOnIdle();
        }
    }
}
