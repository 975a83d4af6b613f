using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using AgentSessions.Orleans.Contracts;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Calls;

/// <summary>Where the runs of one session's grain live: next to it, as a rule.</summary>
internal sealed partial class GrainRuns(IGrainFactory grains, RunHost here, ILogger logger) : IRunHost
{
    private Task _starting = Task.CompletedTask;

    /// <summary>Completes once a run that was started is there, so that the next call finds it. Never fails.</summary>
    public Task StartedAsync() => _starting;

    /// <inheritdoc/>
    public void Start(RunStart start, IRunOwner owner) => _starting = StartAsync(start);

    /// <inheritdoc/>
    public void Cancel(SessionKey session, string runId)
    {
        if (here.StatusOf(session, runId) is not null)
        {
            here.Cancel(session, runId);
        }
        else
        {
            Grain(session, runId).CancelAsync(session, runId).Ignore();
        }
    }

    /// <inheritdoc/>
    public RunStatus? StatusOf(SessionKey session, string runId) => here.StatusOf(session, runId);

    /// <inheritdoc/>
    public async ValueTask<RunStatus?> FindAsync(SessionKey session, string runId)
    {
        if (here.StatusOf(session, runId) is { } status)
        {
            return status;
        }

        try
        {
            return await Grain(session, runId).GetStatusAsync(session, runId);
        }
        catch (Exception exception) when (GrainFaults.IsUnreachable(exception))
        {
            // A run on a node that does not answer is taken for dead. If it is not, the claim of its successor shuts it out of the store.
            LogUnreachable(runId, exception);
            return null;
        }
    }

    private async Task StartAsync(RunStart start)
    {
        try
        {
            await Grain(start.Session.Key, start.Run.Id).StartAsync(start);
        }
        catch (Exception exception)
        {
            // The row says that it lives, so the next call or sweep sees that it does not.
            LogNotStarted(start.Run.Id, exception);
        }
    }

    private IRunGrain Grain(SessionKey session, string runId) => grains.GetGrain<IRunGrain>(GrainKeys.Of(session, runId));

    [LoggerMessage(3110, LogLevel.Warning, "The node of run {RunId} does not answer.")]
    private partial void LogUnreachable(string runId, Exception exception);

    [LoggerMessage(3111, LogLevel.Warning, "Run {RunId} could not be started; it is claimed again.")]
    private partial void LogNotStarted(string runId, Exception exception);
}
