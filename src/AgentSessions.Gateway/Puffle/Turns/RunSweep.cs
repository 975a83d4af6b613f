using AgentSessions.Core;
using AgentSessions.Core.Sessions.Terms;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Puffle.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Puffle.Turns;

/// <summary>Removes runs and receipts that are too old to be asked for, and tool calls that nobody may answer any more.</summary>
internal sealed partial class RunSweep(
    ISessionEngine engine, PendingCalls pending, KeyRing keys, IOptions<PuffleOptions> options, TimeProvider time, ILogger<RunSweep> logger) : BackgroundService
{
    private const int PageSize = 100;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception);
            }
        }
    }

    /// <summary>Looks through all environments once.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        ValueTask<bool> IsOld(StateEntry entry) => new(RunIds.TimeOf(entry.Key.Name) is { } accepted && now - accepted > options.Value.ResultLifetime);
        foreach (string environment in keys.Environments)
        {
            // Names of runs are in the order of time, so the first that is young ends the look.
            await SweepAsync(environment, RunStore.Space, RunIds.Prefix, IsOld, endsAtFirstKept: true, cancellationToken);
            await SweepAsync(environment, TurnReceipt.Space, RunIds.Prefix, IsOld, endsAtFirstKept: true, cancellationToken);
            await SweepAsync(environment, PendingCalls.Space, prefix: "", entry => pending.IsOverAsync(entry, cancellationToken), endsAtFirstKept: false, cancellationToken);
        }
    }

    private async Task SweepAsync(
        string environment, string space, string prefix, Func<StateEntry, ValueTask<bool>> isDue, bool endsAtFirstKept, CancellationToken cancellationToken)
    {
        await foreach (StateEntry entry in engine.State.ReadAllAsync(environment, space, prefix, PageSize, cancellationToken))
        {
            if (await isDue(entry))
            {
                await engine.State.PutAsync(new StatePut(entry.Key, Value: null), entry.Version, cancellationToken);
            }
            else if (endsAtFirstKept)
            {
                return;
            }
        }
    }

    [LoggerMessage(5303, LogLevel.Error, "Old runs could not be removed; the next look tries again")]
    private partial void LogFailed(Exception exception);
}
