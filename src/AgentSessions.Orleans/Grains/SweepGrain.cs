using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Calls;
using AgentSessions.Orleans.Contracts;
using AgentSessions.Orleans.Placement;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace AgentSessions.Orleans.Grains;

/// <summary>
/// Asks every session whose row says that a run is live to look after itself, and deletes those that expired long ago. A reminder wakes it
/// wherever its node died.
/// </summary>
[SessionPlacement, Reentrant]
internal sealed partial class SweepGrain(
    ISessionStore store, SessionCalls sessions, ExpiredSessions expired, TimeProvider time, ILogger<SweepGrain> logger)
    : Grain, ISweepGrain, IRemindable
{
    private const string Reminder = "sweep";
    private const int PageSize = 500;
    private const int Parallelism = 32;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _leaving = new();

    private bool _isAsked;
    private bool _isSweeping;
    private Task _deletion = Task.CompletedTask;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await this.RegisterOrUpdateReminder(Reminder, _interval, _interval);
        }
        catch (Exception exception)
        {
            // Whoever activated this wants a sweep; the next activation registers.
            LogFailed(exception.Message, StoreFault.TraceOf(exception));
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => await _leaving.CancelAsync();

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // Beside the sweep: deletions may be many, and sessions whose node is gone do not wait for them.
        if (_deletion.IsCompleted)
        {
            _deletion = DeleteExpiredAsync();
        }

        return SweepAsync();
    }

    public Task SweepAsync()
    {
        _isAsked = true;
        if (!_isSweeping)
        {
            _isSweeping = true;
            SweepWhileAskedAsync().Ignore();
        }

        return Task.CompletedTask;
    }

    private async Task SweepWhileAskedAsync()
    {
        while (_isAsked)
        {
            _isAsked = false;
            try
            {
                await SweepOnceAsync();
            }
            catch (Exception exception)
            {
                LogFailed(exception.Message, StoreFault.TraceOf(exception));
                _isAsked = true;
                await Task.Delay(_retryDelay, time);
            }
        }

        _isSweeping = false;
    }

    private async Task SweepOnceAsync()
    {
        SessionKey? after = null;
        while (await store.ListLiveAsync(after, PageSize, CancellationToken.None) is { Count: > 0 } page)
        {
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, LookAfterAsync);
            after = page[^1];
        }
    }

    private async Task DeleteExpiredAsync()
    {
        try
        {
            await expired.SweepAsync(_leaving.Token);
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // The next activation goes on with it.
        }
        catch (Exception exception)
        {
            LogNotDeleted(exception.Message, StoreFault.TraceOf(exception));
        }
    }

    private async ValueTask LookAfterAsync(SessionKey session, CancellationToken cancellationToken)
    {
        SessionPlacement.Spread();
        try
        {
            await sessions.CallAsync(session, static grain => grain.LookAfterAsync(), cancellationToken);
        }
        catch (Exception exception)
        {
            // One session that cannot be helped must not keep the others waiting; the next sweep asks it again.
            LogFailed(exception.Message, StoreFault.TraceOf(exception));
        }
    }

    [LoggerMessage(3130, LogLevel.Warning, "Looking after sessions failed; it is tried again: {Reason}")]
    private partial void LogFailed(string reason, Exception? exception);

    [LoggerMessage(3131, LogLevel.Warning, "Sessions that expired cannot be listed; it is tried again: {Reason}")]
    private partial void LogNotDeleted(string reason, Exception? exception);
}
