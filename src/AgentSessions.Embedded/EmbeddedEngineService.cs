using AgentSessions.Core.Expiry;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded;

/// <summary>The engine's life in a host: recovers what a dead process owed, sweeps, and lets runs leave when the host stops.</summary>
internal sealed partial class EmbeddedEngineService(
    EmbeddedSessionEngine engine,
    RunHost runs,
    ExpiredSessions expired,
    EmbeddedEngineOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<EmbeddedEngineService> logger) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the listener closes: an append that arrives from now on is stored and left to the next process.
        lifetime.ApplicationStopping.Register(engine.Drain);
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        engine.Drain();
        await base.StopAsync(cancellationToken);
        await runs.StopAsync(options.StopGrace, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await RepeatUntilDoneAsync(RecoverAsync, stoppingToken);

        // Each on its own: deletions may be many, and sessions that live do not wait for them.
        await Task.WhenAll(
            SweepAsync(token => engine.SweepAsync(LogUnhelped, token), stoppingToken),
            SweepAsync(expired.SweepAsync, stoppingToken));
    }

    private async Task SweepAsync(Func<CancellationToken, Task> sweep, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryAsync(sweep, stoppingToken);
        }
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        int going = await engine.RecoverAllAsync(LogUnhelped, cancellationToken);
        if (going > 0)
        {
            LogRecovered(going);
        }
    }

    private async Task RepeatUntilDoneAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        while (!await TryAsync(step, stoppingToken))
        {
            await Task.Delay(options.SweepInterval, time, stoppingToken);
        }
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        try
        {
            await step(stoppingToken);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogStepFailed(exception);
            return false;
        }
    }

    [LoggerMessage(3000, LogLevel.Information, "Sessions that the process before this one left unanswered go on: {Sessions}.")]
    private partial void LogRecovered(int sessions);

    private void LogUnhelped(SessionKey session, Exception exception) => LogUnhelped(session.Environment, session.Key, exception);

    [LoggerMessage(3002, LogLevel.Error, "Session {Session} of {Environment} cannot be given what it is owed; it is tried again, and others do not wait for it.")]
    private partial void LogUnhelped(string environment, string session, Exception exception);

    [LoggerMessage(3001, LogLevel.Warning, "Looking after sessions failed; it is tried again.")]
    private partial void LogStepFailed(Exception exception);
}
