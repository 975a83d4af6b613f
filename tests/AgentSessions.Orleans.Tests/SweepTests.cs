using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Orleans.Grains;
using AgentSessions.Testing;
using AgentSessions.TestServer;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentSessions.Orleans.Tests;

public sealed class SweepTests
{
    [Fact]
    public async Task Sweep_WhileExpiredSessionsAreDeleted_LooksAfterSessionsThatLive()
    {
        var store = new StuckDeletions();
        var expired = new ExpiredSessions(store, engine: null!, TimeProvider.System, new RetentionOptions(), NullLogger<ExpiredSessions>.Instance);
        var grain = new SweepGrain(store, sessions: null!, expired, TimeProvider.System, NullLogger<SweepGrain>.Instance);

        await grain.ReceiveReminder("sweep", default);
        await Eventually.TrueAsync(() => Task.FromResult(store is { Sweeps: 1, HasDeletions: true }), "the first sweep");
        await grain.SweepAsync();
        await Eventually.TrueAsync(() => Task.FromResult(store.Sweeps == 2), "the sweep after a node's end");

        // Of the deletions there is only one round at a time, and it ends with the activation.
        await grain.ReceiveReminder("sweep", default);
        await Eventually.TrueAsync(() => Task.FromResult(store.Sweeps == 3), "the sweep of the next minute");
        Assert.Equal(1, store.Rounds);
        await grain.OnDeactivateAsync(default, default);
        await Eventually.TrueAsync(() => Task.FromResult(!store.HasDeletions), "the end of the deletions");
    }

    [Fact]
    public async Task Sweep_WhileTheStoreIsAway_IsALineEach()
    {
        var time = new ManualTime();
        var store = new AwayStore();
        using var logs = new CollectedLogs();
        using var factory = new LoggerFactory([logs]);
        var expired = new ExpiredSessions(store, engine: null!, time, new RetentionOptions(), NullLogger<ExpiredSessions>.Instance);
        var grain = new SweepGrain(store, sessions: null!, expired, time, factory.CreateLogger<SweepGrain>());

        await grain.ReceiveReminder("sweep", default);
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(logs.Lines.Count() >= 4);
            },
            "sweeps that fail");
        store.IsAway = false;
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(store.HasSwept);
            },
            "a sweep that succeeds");

        Assert.Contains(logs.Lines, static line => line.EndsWith("Sessions that expired cannot be listed; it is tried again: It is away.", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, static line => line.EndsWith("Looking after sessions failed; it is tried again: It is away.", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", logs.Text);
    }

    /// <summary>A store that lets nobody in.</summary>
    private sealed class AwayStore(InMemorySessionStore inner) : DelegatingStore(inner, inner)
    {
        private volatile bool _isAway = true;
        private volatile bool _hasSwept;

        public AwayStore()
            : this(new InMemorySessionStore())
        {
        }

        public bool IsAway
        {
            set => _isAway = value;
        }

        public bool HasSwept => _hasSwept;

        public override ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken)
        {
            _hasSwept = !_isAway;
            return _isAway ? throw new StoreUnavailableException("It is away.") : base.ListLiveAsync(after, limit, cancellationToken);
        }

        public override ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(
            DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
            _isAway ? throw new StoreUnavailableException("It is away.") : base.ListExpiredAsync(until, after, limit, cancellationToken);
    }

    /// <summary>A store with nothing in it whose expired sessions take for ever.</summary>
    private sealed class StuckDeletions(InMemorySessionStore inner) : DelegatingStore(inner, inner)
    {
        private int _rounds;
        private int _sweeps;
        private volatile bool _hasDeletions;

        public StuckDeletions()
            : this(new InMemorySessionStore())
        {
        }

        public int Rounds => Volatile.Read(ref _rounds);

        public int Sweeps => Volatile.Read(ref _sweeps);

        public bool HasDeletions => _hasDeletions;

        public override ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _sweeps);
            return base.ListLiveAsync(after, limit, cancellationToken);
        }

        public override async ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(
            DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _rounds);
            _hasDeletions = true;
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return [];
            }
            finally
            {
                _hasDeletions = false;
            }
        }
    }
}
