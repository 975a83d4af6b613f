using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>A run whose version is not deployed: says so on <c>out</c> and waits for a host that has it. Messages stay owed.</summary>
internal sealed class PendingRun(RunStart start, IRunOwner owner, RunServices services) : IHostedRun
{
    private readonly TaskCompletionSource<RunEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunStart Start => start;

    public RunStatus Status => RunStatus.PendingVersion;

    public void Abort(RunEnd end) => _end.TrySetResult(end);

    public void Evict() => Abort(RunEnd.Evicted);

    public async Task RunAsync()
    {
        using var writer = new OutWriter(
            services.Store, services.Hub, start, services.Time, services.Options.Out, services.LoggerOf<OutWriter>(), CancellationToken.None);
        writer.Ended += _ => Abort(RunEnd.LostClaim);
        RunEnd end;
        try
        {
            await writer.WriteControlAsync([new RecordHeader(ControlHeaders.Control, ControlHeaders.PendingVersion)]);
            await writer.FlushAsync();
            services.Observer?.Waiting(start, Timeout.InfiniteTimeSpan);
            end = await _end.Task;
        }
        catch (LostClaimException)
        {
            end = RunEnd.LostClaim;
        }

        if (end != RunEnd.Evicted)
        {
            // An evicted one stays the session's run, so that the next host looks whether it can live there.
            await owner.EndAsync(start, end, start.Progress, start.Progress.ResumeFloor, error: null, CancellationToken.None);
        }

        services.Observer?.Ended(start, end);
    }
}
