using AgentSessions.TestServer;
using Xunit;

namespace AgentSessions.TestPostgres;

/// <summary>A primary, and a standby that has every commit before it is acknowledged. The tests of a class share it, one after the other.</summary>
public sealed class PostgresPair : IAsyncLifetime
{
    private PrivatePostgres _primary = null!;
    private PrivatePostgres _standby = null!;
    private bool _isPrimaryDown;
    private bool _isStandbyDown;
    private bool _isStandbyOld;

    /// <summary>The port of whichever is the primary at the moment, on 127.0.0.1.</summary>
    public int PrimaryPort => _primary.Port;

    /// <summary>The port of the other one.</summary>
    public int StandbyPort => _standby.Port;

    /// <summary>Names both, and the standby first: which one is the primary has to be found out.</summary>
    public string ConnectionString => $"Host=127.0.0.1:{StandbyPort},127.0.0.1:{PrimaryPort};Username=postgres;Database=postgres";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _primary = await PrivatePostgres.StartAsync();
        _standby = await _primary.StartStandbyAsync();
        await DemandStandbyAsync();
    }

    /// <summary>Ends the primary as a loss of its machine does; its data stays.</summary>
    public async Task CrashPrimaryAsync()
    {
        await _primary.StopAsync("immediate");
        _isPrimaryDown = true;
    }

    /// <summary>Starts the primary after a crash.</summary>
    public async Task StartPrimaryAsync()
    {
        await _primary.StartAgainAsync();
        _isPrimaryDown = false;
    }

    /// <summary>Ends the standby.</summary>
    public async Task StopStandbyAsync()
    {
        await _standby.StopAsync();
        _isStandbyDown = true;
    }

    /// <summary>The standby goes on getting what is committed, and does not show it.</summary>
    public Task PauseStandbyAsync() => _standby.ExecuteAsync("SELECT pg_wal_replay_pause()");

    /// <summary>Makes the standby the primary, in place of one that is down.</summary>
    public async Task PromoteAsync()
    {
        await _standby.PromoteAsync();
        (_primary, _standby) = (_standby, _primary);
        (_isPrimaryDown, _isStandbyOld) = (false, true);
    }

    /// <summary>Brings back what is down; what was the primary becomes the standby of the one that is.</summary>
    public async Task RestoreAsync()
    {
        if (_isPrimaryDown)
        {
            await StartPrimaryAsync();
        }

        if (_isStandbyOld)
        {
            await _standby.FollowAsync(_primary);
        }
        else if (_isStandbyDown)
        {
            await _standby.StartAgainAsync();
        }

        (_isStandbyDown, _isStandbyOld) = (false, false);
        await DemandStandbyAsync();
    }

    /// <summary>How many commits are made and wait for the standby.</summary>
    public async Task<long> CountWaitingAsync() =>
        (long)(await _primary.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))!;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }

    /// <remarks>Not before there is a standby: the copy that becomes it must not demand one of its own once it is promoted.</remarks>
    private async Task DemandStandbyAsync()
    {
        await _primary.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await _primary.ExecuteAsync("SELECT pg_reload_conf()");
        await Eventually.TrueAsync(
            async () => (long)(await _primary.ExecuteAsync("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"))! == 1,
            "a synchronous standby");
    }
}
