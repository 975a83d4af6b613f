using AgentSessions.Load;

namespace AgentSessions.Benchmarks.Table;

/// <summary>Row 7: what an idle session and an open reader keep in memory, on servers started for this alone.</summary>
internal static class MemoryRow
{
    private const double GoalSession = 12_000;
    private const double GoalReader = 24_000;

    public static async Task<IReadOnlyList<TableLine>> MeasureAsync(Lab lab)
    {
        double ownSession, ownReader, ownDeactivated, bareReader;
        await using (Subject ours = await lab.StartOursAsync())
        {
            (ownSession, ownReader) = await HoldAsync(lab, ours);
            ownDeactivated = await DeactivateAsync(lab, ours);
        }

        await using (Subject bare = await lab.StartBareAsync())
        {
            (_, bareReader) = await HoldAsync(lab, bare);
        }

        return
        [
            new TableLine(7, $"memory per idle session, {lab.Scale.IdleSessions} of them", Figures.Bytes(ownSession), "–", "–", $"≤ {Figures.Bytes(GoalSession)}", ownSession <= GoalSession),
            new TableLine(7, $"memory per session after deactivation, {lab.Scale.DeactivatedSessions} of them", Figures.Bytes(ownDeactivated), "–", "–", "no managed object", null),
            new TableLine(7, $"memory per open reader, {lab.Scale.IdleReaders} of them", Figures.Bytes(ownReader), Figures.Bytes(bareReader), Figures.Ratio(ownReader / bareReader), $"≤ {Figures.Bytes(GoalReader)}", ownReader <= GoalReader),
        ];
    }

    private static async Task<(double Session, double Reader)> HoldAsync(Lab lab, Subject subject)
    {
        // A first round, so that code, pools and caches are not charged to the sessions.
        Scale scale = lab.Scale;
        await lab.MeasureAsync(subject, "idle, warm-up", (load, hooks) => load.IdleAsync(Hold(200, 200, null), hooks, lab.CancellationToken));
        double empty = await RestedAsync(lab, subject);

        string prefix = $"idle-{Guid.NewGuid():N}"[..17];
        double sessions = await HeldAsync(lab, subject, Hold(scale.IdleSessions, 0, prefix));
        double readers = await HeldAsync(lab, subject, Hold(scale.IdleSessions, scale.IdleReaders, prefix));
        return ((sessions - empty) / scale.IdleSessions, (readers - sessions) / scale.IdleReaders);
    }

    /// <summary>Sessions that have been idle for longer than they asked to be kept.</summary>
    private static async Task<double> DeactivateAsync(Lab lab, Subject subject)
    {
        double before = await RestedAsync(lab, subject);
        IdleLoad load = Hold(lab.Scale.DeactivatedSessions, 0, null) with { IdleTimeout = TimeSpan.FromSeconds(1) };
        await lab.MeasureAsync(subject, "sessions that deactivate", (generator, hooks) => generator.IdleAsync(load, hooks, lab.CancellationToken));
        return (await RestedAsync(lab, subject) - before) / lab.Scale.DeactivatedSessions;
    }

    /// <summary>Memory alive once a server has come to rest, which is what idle means.</summary>
    private static async Task<double> RestedAsync(Lab lab, Subject subject)
    {
        await Task.Delay(lab.Scale.SettleTime, lab.CancellationToken);
        return await subject.ResidentAsync(lab.CancellationToken);
    }

    /// <summary>Memory alive while a load is held.</summary>
    private static async Task<double> HeldAsync(Lab lab, Subject subject, IdleLoad load)
    {
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource measured = CancellationTokenSource.CreateLinkedTokenSource(lab.CancellationToken);
        Task<Measurement> run = lab.MeasureAsync(subject, $"idle, sessions: {load.Sessions}, readers: {load.Readers}", (generator, hooks) => generator.IdleAsync(
            load with { Duration = TimeSpan.FromMinutes(2) },
            hooks with { MeasureStarted = hooks.MeasureStarted + held.SetResult },
            measured.Token));
        await Task.WhenAny(held.Task, run);
        double resident = await RestedAsync(lab, subject);
        await measured.CancelAsync();
        await run;
        return resident;
    }

    private static IdleLoad Hold(int sessions, int readers, string? prefix) =>
        new() { Sessions = sessions, Readers = readers, Prefix = prefix, Duration = TimeSpan.Zero, SetupLimit = TimeSpan.FromMinutes(5) };
}
