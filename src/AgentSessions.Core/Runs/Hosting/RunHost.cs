using System.Collections.Concurrent;
using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>The runs of this process, one task each.</summary>
public sealed partial class RunHost : IRunHost
{
    private readonly ConcurrentDictionary<(SessionKey Session, string RunId), IHostedRun> _runs = new();
    private readonly RunServices _services;
    private readonly ILogger<RunHost> _logger;
    private volatile TaskCompletionSource? _drained;
    private int _leaving;

    internal RunHost(RunServices services)
    {
        _services = services;
        _logger = services.Loggers.CreateLogger<RunHost>();
    }

    /// <summary>Runs that live here.</summary>
    public int Count => _runs.Count;

    /// <summary>Runs here in one state.</summary>
    public int CountOf(RunStatus status) => _runs.Values.Count(run => run.Status == status);

    /// <inheritdoc/>
    public void Start(RunStart start, IRunOwner owner)
    {
        if (_services.Agents.Definition(start.Run.Agent, start.Run.AgentVersion) is { } agent)
        {
            Live(new AgentRun(start, owner, agent, _services), owner);
        }
        else if (_services.Agents.Find(start.Run.Agent) is not null)
        {
            LogUnknownVersion(start.Run.Id, start.Run.Agent, start.Run.AgentVersion);
            Live(new PendingRun(start, owner, _services), owner);
        }
        else
        {
            // The session stays owed; a host that has the agent takes it up.
            LogUnknownAgent(start.Run.Id, start.Run.Agent);
        }
    }

    /// <inheritdoc/>
    public void Cancel(SessionKey session, string runId)
    {
        if (_runs.TryGetValue((session, runId), out IHostedRun? run))
        {
            run.Abort(RunEnd.Cancelled);
        }
    }

    /// <inheritdoc/>
    public RunStatus? StatusOf(SessionKey session, string runId) =>
        _runs.TryGetValue((session, runId), out IHostedRun? run) ? run.Status : null;

    /// <summary>Lets runs leave: those between turns at once, those in a turn after it, and cuts off what is left after a grace period.</summary>
    /// <param name="grace">How long turns may go on.</param>
    /// <param name="cancellationToken">Cuts off at once.</param>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (IHostedRun run in _runs.Values)
        {
            run.Evict();
        }

        if (await IsEmptyWithinAsync(grace, cancellationToken))
        {
            return;
        }

        foreach (IHostedRun run in _runs.Values)
        {
            run.Abort(RunEnd.Evicted);
        }

        await IsEmptyWithinAsync(_services.Options.AbortGrace * 2, CancellationToken.None);
    }

    private async Task<bool> IsEmptyWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsEmpty)
        {
            return true;
        }

        try
        {
            await _drained!.Task.WaitAsync(limit, _services.Time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private bool IsEmpty => _runs.IsEmpty && Volatile.Read(ref _leaving) == 0;

    private void Live(IHostedRun run, IRunOwner owner)
    {
        _runs[(run.Start.Session.Key, run.Start.Run.Id)] = run;
        if (_drained is not null)
        {
            // Claimed before the host was asked to stop.
            run.Evict();
        }

        using (ExecutionContext.SuppressFlow())
        {
            // A run outlives the request that started it; each turn belongs to the trace of its own message.
            _ = _services.Options.Scheduler.Launch(() => LiveAsync(run, owner));
        }
    }

    private async Task LiveAsync(IHostedRun run, IRunOwner owner)
    {
        AgentMetrics.RunStarted(run.Start.Run.Agent);
        try
        {
            await run.RunAsync();
        }
        catch (Exception exception)
        {
            LogLost(run.Start.Run.Id, exception);
        }
        finally
        {
            AgentMetrics.RunEnded(run.Start.Run.Agent);
            Interlocked.Increment(ref _leaving);
            _runs.TryRemove((run.Start.Session.Key, run.Start.Run.Id), out _);
            await PassOnAsync(run, owner);
            Interlocked.Decrement(ref _leaving);
            if (IsEmpty)
            {
                _drained?.TrySetResult();
            }
        }
    }

    /// <summary>Only now whoever looks sees that the run is gone, and may start its successor.</summary>
    private async Task PassOnAsync(IHostedRun run, IRunOwner owner)
    {
        if (_drained is null)
        {
            return;
        }

        try
        {
            await owner.PassOnAsync(run.Start, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotPassedOn(run.Start.Run.Id, exception);
        }
    }

    [LoggerMessage(2050, LogLevel.Error, "Run {RunId} cannot start: no agent named '{Agent}' is registered.")]
    private partial void LogUnknownAgent(string runId, string agent);

    [LoggerMessage(2052, LogLevel.Warning, "Run {RunId} waits: version '{Version}' of agent '{Agent}' is not deployed here.")]
    private partial void LogUnknownVersion(string runId, string agent, string? version);

    [LoggerMessage(2053, LogLevel.Warning, "What run {RunId} left undone could not be passed on; it is looked for once this host is gone.")]
    private partial void LogNotPassedOn(string runId, Exception exception);

    [LoggerMessage(2051, LogLevel.Error, "The end of run {RunId} could not be stored.")]
    private partial void LogLost(string runId, Exception exception);
}
