namespace AgentSessions.Load.Scenarios;

/// <summary>Puts a server under load over its public protocol and checks every record that comes back.</summary>
/// <remarks>
/// Each call is one run, bounded in time by its <see cref="LoadTiming"/>; runs may follow each other but a second one at the
/// same time would share the machine with the first. A run fails with <see cref="LoadException"/> only while it sets up;
/// later failures are counted in its result. Cancelling during set-up throws; cancelling later ends the run early, gives up
/// what is open, and returns what was measured so far.
/// </remarks>
/// <param name="target">The server.</param>
/// <param name="time">Clock for durations and waits; null for the system's.</param>
public sealed class LoadGenerator(LoadTarget target, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Many sessions take turns.</summary>
    public Task<LoadResult> TakeTurnsAsync(TurnLoad load, LoadHooks? hooks = null, CancellationToken cancellationToken = default) =>
        RunAsync(meter => new TurnScenario(target, load, meter, _time), load, hooks, cancellationToken);

    /// <summary>Many readers resume one finished turn.</summary>
    public Task<LoadResult> ReplayAsync(ReplayLoad load, LoadHooks? hooks = null, CancellationToken cancellationToken = default) =>
        RunAsync(meter => new ReplayScenario(target, load, meter, _time), load, hooks, cancellationToken);

    /// <summary>Many readers follow one session's turns.</summary>
    public Task<LoadResult> FanOutAsync(FanOutLoad load, LoadHooks? hooks = null, CancellationToken cancellationToken = default) =>
        RunAsync(meter => new FanOutScenario(target, load, meter, _time), load, hooks, cancellationToken);

    /// <summary>Sessions and readers do nothing. The time of every create call is in <see cref="LoadResult.Request"/>.</summary>
    public Task<LoadResult> IdleAsync(IdleLoad load, LoadHooks? hooks = null, CancellationToken cancellationToken = default) =>
        RunAsync(meter => new IdleScenario(target, load, meter, _time), load, hooks, cancellationToken);

    /// <summary>Callers list sessions. The time of every call is in <see cref="LoadResult.Request"/>.</summary>
    public Task<LoadResult> ListAsync(ListLoad load, LoadHooks? hooks = null, CancellationToken cancellationToken = default) =>
        RunAsync(meter => new ListScenario(target, load, meter), load, hooks, cancellationToken);

    private async Task<LoadResult> RunAsync(Func<LoadMeter, IScenario> scenario, LoadTiming timing, LoadHooks? hooks, CancellationToken cancellationToken)
    {
        LoadMeter meter = new(_time);
        using IScenario running = scenario(meter);
        return await new MeasuredRun(timing, hooks ?? LoadHooks.None, meter, _time).RunAsync(running, cancellationToken).ConfigureAwait(false);
    }
}
