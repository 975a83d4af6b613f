namespace AgentSessions.Load.Scenarios;

/// <summary>The course of every run: set up, warm up, measure, let open turns finish.</summary>
internal sealed class MeasuredRun(LoadTiming timing, LoadHooks hooks, LoadMeter meter, TimeProvider time)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private long _phaseStarted;
    private long _lastReport;
    private long _lastChunks;

    /// <summary>Carries the scenario through the phases and reports on the way.</summary>
    /// <exception cref="LoadException">Set-up failed or took too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled during set-up; a later cancellation ends the run early instead.</exception>
    public async Task<LoadResult> RunAsync(IScenario scenario, CancellationToken cancellationToken)
    {
        await SetUpAsync(scenario, cancellationToken).ConfigureAwait(false);

        using CancellationTokenSource stop = new();
        Task? work = null;
        if (timing.Warmup > TimeSpan.Zero)
        {
            work = scenario.WorkAsync(stop.Token);
            await PassAsync(LoadPhase.Warmup, timing.Warmup, work, cancellationToken).ConfigureAwait(false);
        }

        meter.StartMeasuring();
        hooks.MeasureStarted?.Invoke();
        work ??= scenario.WorkAsync(stop.Token); // Without a warm-up the very first turn counts.
        await PassAsync(LoadPhase.Measure, timing.Duration, work, cancellationToken).ConfigureAwait(false);
        hooks.MeasureEnded?.Invoke();
        meter.StopMeasuring();

        await stop.CancelAsync().ConfigureAwait(false);
        await PassAsync(LoadPhase.Drain, timing.DrainLimit, work, cancellationToken).ConfigureAwait(false);
        scenario.Abort();
        await work.ConfigureAwait(false);
        return meter.ToResult();
    }

    private async Task SetUpAsync(IScenario scenario, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(timing.SetupLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            Task setup = scenario.SetUpAsync(either.Token);
            await PassAsync(LoadPhase.Setup, Timeout.InfiniteTimeSpan, setup, CancellationToken.None).ConfigureAwait(false);
            await setup.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LoadException($"Set-up was not done after {timing.SetupLimit}; {meter.Ready} sessions and readers were ready.");
        }
    }

    /// <summary>Waits until the time is over, the work is done or the run is cancelled.</summary>
    private async Task PassAsync(LoadPhase phase, TimeSpan limit, Task work, CancellationToken cancellationToken)
    {
        _phaseStarted = meter.Now;
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task end = Task.WhenAny(work, Task.Delay(limit, time, over.Token));
        while (!end.IsCompleted)
        {
            Report(phase);
            await Task.WhenAny(end, Task.Delay(ProgressInterval, time, over.Token)).ConfigureAwait(false);
        }

        Report(phase);
        await over.CancelAsync().ConfigureAwait(false);
    }

    private void Report(LoadPhase phase)
    {
        if (hooks.Progress is not { } progress)
        {
            return;
        }

        LoadMeter.Totals now = meter.Total();
        double seconds = time.GetElapsedTime(_lastReport).TotalSeconds;
        double rate = seconds > 0 ? (now.Chunks - _lastChunks) / seconds : 0;
        progress(new LoadProgress(phase, time.GetElapsedTime(_phaseStarted), meter.Ready, now.Chunks, rate, now.Turns, meter.Errors.Total, now.Order));
        (_lastReport, _lastChunks) = (meter.Now, now.Chunks);
    }
}
