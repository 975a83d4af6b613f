using AgentSessions.Core.Expiry;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Runs.Hosting;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Sessions.Acting;
using AgentSessions.Core.Sessions.Holding;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Messages;
using AgentSessions.Orleans.Placement;
using AgentSessions.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Orleans.Grains;

/// <summary>The mailbox of a session: a <see cref="SessionActor"/> that Orleans places and calls. Whether it exists twice does not matter, the store decides.</summary>
[SessionPlacement, GrainType(GrainKeys.SessionType)]
internal sealed class SessionGrain(
    SessionContext context, IStateStore state, RunHost hostedRuns, SessionCalls calls, ClusterDrain drain, ILogger<SessionGrain> logger) : Grain, ISessionGrain
{
    private readonly AnsweredCalls _answered = new(context.Time);

    private GrainRuns _runs = null!;
    private SessionActor _actor = null!;
    private IGrainTimer? _expiry;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        SessionKey key = GrainKeys.ToSession(this.GetPrimaryKeyString());
        _runs = new GrainRuns(GrainFactory, hostedRuns, logger);
        _actor = new SessionActor(context with { Runs = _runs, IsDraining = () => drain.IsDraining }, key)
        {
            Owner = new GrainRunOwner(calls, key),
        };
        return Task.CompletedTask;
    }

    public Task<StartedSession> StartAsync(StartSession start) => CallAsync(actor => actor.StartAsync(start, CancellationToken.None));

    public Task<SessionRow> UpdateAsync(UpdateSession update) => CallAsync(actor => actor.UpdateAsync(update, CancellationToken.None));

    public Task<SessionRow> CloseAsync(string? reason, string? callingRunId) =>
        CallAsync(actor => actor.CloseAsync(reason, callingRunId, CancellationToken.None));

    public Task<bool> DeleteAsync() => CallAsync(async actor =>
    {
        await SessionLegalHold.RequireNoneAsync(state, GrainKeys.ToSession(this.GetPrimaryKeyString()), CancellationToken.None);
        bool deleted = await actor.DeleteAsync(CancellationToken.None);
        _answered.Deleted();
        return deleted;
    });

    public Task<AppendedRecord> AppendAsync(StreamId stream, AppendText append) =>
        AppendAsync(actor => actor.AppendAsync(stream, append, CancellationToken.None));

    public Task<RecordBatch> AppendRecordsAsync(StreamId stream, NewRecord[] records, Cursor? expectedTail) =>
        AppendAsync(actor => actor.AppendRecordsAsync(stream, records, expectedTail, CancellationToken.None));

    public Task ReplaceTranscriptAsync(TranscriptDelta transcript) =>
        CallAsync(actor => actor.ReplaceTranscriptAsync(transcript, CancellationToken.None));

    public Task<RunRow> CancelRunAsync(string runId) => CallAsync(actor => actor.CancelRunAsync(runId, CancellationToken.None));

    public Task<SessionRow> HoldAsync(HoldSession hold) => CallAsync(actor => actor.HoldAsync(hold, CancellationToken.None));

    public Task<SwappedRun> SwapRunAsync(SwapRun swap) => CallAsync(actor => actor.SwapRunAsync(swap, CancellationToken.None));

    public Task LookAfterAsync() => CallAsync(async actor =>
    {
        if (!actor.HasRunHere || actor.Known!.StatusAt(context.Time.GetUtcNow()) == SessionStatus.Expired)
        {
            await actor.RecoverAsync(CancellationToken.None);
        }
    });

    /// <remarks>However late, it is true of its run and of no other, and if nobody says it the run counts as dead.</remarks>
    public Task EndRunAsync(RunStart run, RunEnd end, SessionProgress progress, long consumedThrough, string? error)
    {
        CallMark.Take();
        return CarryOutAsync(
            async actor =>
            {
                await ((IRunOwner)actor).EndAsync(run, end, progress, consumedThrough, error, CancellationToken.None);
                return true;
            },
            mayMove: false);
    }

    public Task<bool> SwapOwnRunAsync(RunStart run, RunSuccessor successor) =>
        CallAsync(actor => ((IRunOwner)actor).SwapAsync(run, successor, CancellationToken.None), mayMove: false);

    public Task CloseFromRunAsync(RunStart run, string? reason) =>
        CallAsync(actor => ((IRunOwner)actor).CloseSessionAsync(run, reason, CancellationToken.None), mayMove: false);

    private Task CallAsync(Func<SessionActor, ValueTask> call, bool mayMove = true) =>
        CallAsync(
            async actor =>
            {
                await call(actor);
                return true;
            },
            mayMove);

    private Task<T> CallAsync<T>(Func<SessionActor, ValueTask<T>> call, bool mayMove = true) =>
        _answered.OnceAsync(CallMark.Take(), () => CarryOutAsync(call, mayMove));

    /// <summary>Appends are many and not remembered here: the stream knows them by part id or tail.</summary>
    private async Task<T> AppendAsync<T>(Func<SessionActor, ValueTask<T>> append)
    {
        _answered.RequireTimely(CallMark.Take());
        return await CarryOutAsync(append);
    }

    private async Task<T> CarryOutAsync<T>(Func<SessionActor, ValueTask<T>> call, bool mayMove = true)
    {
        if (mayMove && !_actor.HasRunHere && drain.HasElsewhere)
        {
            // This node is leaving and may start nothing; another one may.
            DeactivateOnIdle();
            throw new SessionMovedException();
        }

        try
        {
            return await call(_actor);
        }
        catch (StoreUnavailableException exception)
        {
            throw exception.AsSessionException();
        }
        finally
        {
            await _runs.StartedAsync();
            WatchExpiry();
        }
    }

    /// <summary>Sets the timer that ends the run of a session when its time has passed.</summary>
    private void WatchExpiry()
    {
        _expiry?.Dispose();
        _expiry = null;
        if (_actor.Known is { HasLiveRun: true, ExpiresAt: { } expiresAt })
        {
            TimeSpan left = expiresAt - context.Time.GetUtcNow();
            if (left < TimeSpan.FromDays(1))
            {
                _expiry = this.RegisterGrainTimer(LookAfterAsync, left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            }
        }
    }
}
