using AgentSessions.Core.Runs.State;
using AgentSessions.Core.Runs.Writing;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Core.Streams.Live;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

/// <summary>
/// A run whose version is not deployed: says so on <c>out</c> and waits for a host that has it. Messages stay owed. It leaves when the session is
/// closed or locked to another version.
/// </summary>
internal sealed class PendingRun(RunStart start, IRunOwner owner, RunServices services) : IHostedRun
{
    private static readonly TimeSpan _patience = TimeSpan.FromHours(1);

    private readonly TaskCompletionSource<RunEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _left = new();

    public RunStart Start => start;

    public RunStatus Status => RunStatus.PendingVersion;

    public void Abort(RunEnd end)
    {
        _end.TrySetResult(end);
        _left.Cancel();
    }

    public void Evict() => Abort(RunEnd.Evicted);

    public async Task RunAsync()
    {
        using var writer = new OutWriter(
            services.Store, services.Hub, start, services.Time, services.Options.Out, services.Loggers.CreateLogger<OutWriter>(), CancellationToken.None);
        writer.Ended += _ => Abort(RunEnd.LostClaim);
        RunEnd end;
        try
        {
            await writer.WriteControlAsync([new RecordHeader(ControlHeaders.Control, ControlHeaders.PendingVersion)]);
            await writer.FlushAsync();
            services.Observer?.Waiting(start, Timeout.InfiniteTimeSpan);
            end = await WaitAsync();
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

    /// <summary>Waits until somebody ends the run, or something comes in that shows that it waits in vain.</summary>
    private async Task<RunEnd> WaitAsync()
    {
        using StreamTail tail = services.Hub.Open(StreamId.In(start.Session.Key), start.InTail, _left.Token);
        var backoff = new Backoff(services.Options.Out, services.Time);
        while (!_left.IsCancellationRequested)
        {
            try
            {
                if (await LookAsync() is { } end)
                {
                    return end;
                }

                await tail.ReadAsync(_patience);
            }
            catch (OperationCanceledException) when (_left.IsCancellationRequested)
            {
                break;
            }
            catch (StoreUnavailableException)
            {
                await backoff.WaitAsync(CancellationToken.None);
            }
        }

        return await _end.Task;
    }

    /// <returns>Why there is nothing to wait for any more, or null.</returns>
    private async ValueTask<RunEnd?> LookAsync()
    {
        SessionHead? head = await services.Store.LoadAsync(start.Session.Key, _left.Token);
        return head is null || head.Row.RunVersion != start.Session.RunVersion ? RunEnd.LostClaim
            : head.Row.ClosedAt is not null ? RunEnd.Closed
            : SessionPin.Of(head.Row) != SessionPin.Of(start.Session) ? RunEnd.Upgraded
            : null;
    }
}
