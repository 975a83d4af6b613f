using AgentSessions.Conformance;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Protocol.Errors;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Embedded.Tests;

/// <summary>However many sessions expired, and whatever keeps them: their deletion is in nobody's way.</summary>
public sealed class ExpiredSweepTests
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task Deletion_ThatDoesNotEnd_KeepsNoIdleSessionInMemory()
    {
        var store = new WatchedStore { Deleting = static _ => Task.Delay(Timeout.Infinite) };
        await store.AddExpiredAsync("env", 1);
        await using EmbeddedHost host = await StartAsync(store, new RetentionOptions { Expired = TimeSpan.Zero });
        var engine = host.Services.GetRequiredService<EmbeddedSessionEngine>();
        await Eventually.TrueAsync(() => Task.FromResult(store.Deletions == 1), "the deletion");

        await Assert.ThrowsAsync<SessionException>(async () => await engine.UpdateAsync(new SessionKey("env", "other"), new UpdateSession(), default));

        await Eventually.TrueAsync(() => Task.FromResult(engine.LiveSessions == 1), "the end of the session that nobody uses");
    }

    [Fact]
    public async Task Sweep_OfManyThatAreDue_DeletesSeveralAtOnce()
    {
        const int together = 20;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new WatchedStore();
        store.Deleting = _ =>
        {
            if (store.Deletions == together)
            {
                gate.TrySetResult();
            }

            return gate.Task;
        };
        await store.AddExpiredAsync("env", 250);
        await using EmbeddedHost host = await StartAsync(store, new RetentionOptions { Expired = TimeSpan.Zero });

        await Eventually.TrueAsync(async () => (await store.ListExpiredAsync(DateTimeOffset.UtcNow, null, 1, default)).Count == 0, "the end of all");
    }

    [Fact]
    public async Task Sweep_OfSessionsThatAreKeptForLonger_ListsThemOnceAndLoadsNone()
    {
        var store = new WatchedStore();
        await store.AddExpiredAsync("long", 250);
        await store.AddExpiredAsync("short", 1);
        await using EmbeddedHost host = await StartAsync(
            store,
            new RetentionOptions
            {
                Expired = TimeSpan.Zero,
                Environments = new Dictionary<string, RetentionOptions> { ["long"] = new() { Expired = TimeSpan.FromDays(3650) } },
            },
            TimeSpan.FromDays(1));

        Assert.Equal(1, await host.Expired.SweepAsync(default));

        Assert.Equal((4, 1), (store.Lists, store.Loads));
    }

    [Fact]
    public async Task Sweep_OfSessionsUnderALegalHold_LeavesThemToNoEngine()
    {
        var store = new WatchedStore();
        await store.AddExpiredAsync("env", 3);
        foreach (ExpiredSession expired in await store.ListExpiredAsync(DateTimeOffset.UtcNow, null, 2, default))
        {
            await new SessionLegalHold("a case", Sample.Time).PlaceAsync(store, expired.Session, default);
        }

        await using EmbeddedHost host = await StartAsync(store, new RetentionOptions { Expired = TimeSpan.Zero }, TimeSpan.FromDays(1));

        Assert.Equal(1, await host.Expired.SweepAsync(default));

        Assert.Equal(1, host.Services.GetRequiredService<EmbeddedSessionEngine>().LiveSessions);
    }

    [Fact]
    public async Task Sweep_WithASessionThatTheStoreCannotDelete_DeletesTheOthers()
    {
        var store = new WatchedStore();
        await store.AddExpiredAsync("env", 120);
        ExpiredSession bad = (await store.ListExpiredAsync(DateTimeOffset.UtcNow, null, 1, default))[0];
        store.Deleting = session => session == bad.Session ? throw new StoreUnavailableException("Not in time.") : Task.CompletedTask;
        await using EmbeddedHost host = await StartAsync(store, new RetentionOptions { Expired = TimeSpan.Zero }, TimeSpan.FromDays(1));

        Assert.Equal(119, await host.Expired.SweepAsync(default));
        Assert.Equal(0, await host.Expired.SweepAsync(default));

        Assert.Equal([bad], await store.ListExpiredAsync(DateTimeOffset.UtcNow, null, 10, default));
    }

    private static Task<EmbeddedHost> StartAsync(WatchedStore store, RetentionOptions retention, TimeSpan? interval = null) =>
        new EmbeddedHost(
            () => Task.FromResult<ISessionStore>(store),
            services => services.AddSingleton(retention)
                .AddSingleton(new EmbeddedEngineOptions { SweepInterval = interval ?? _interval, IdleSession = _interval, StopGrace = TimeSpan.Zero })).StartAsync();

    /// <summary>A store in memory that counts what sweeps ask of it.</summary>
    private sealed class WatchedStore(InMemorySessionStore inner) : DelegatingStore(inner, inner)
    {
        private int _deletions;
        private int _lists;
        private int _loads;

        public WatchedStore()
            : this(new InMemorySessionStore())
        {
        }

        /// <summary>What a deletion waits for.</summary>
        public Func<SessionKey, Task> Deleting { get; set; } = static _ => Task.CompletedTask;

        public int Deletions => Volatile.Read(ref _deletions);

        public int Lists => Volatile.Read(ref _lists);

        public int Loads => Volatile.Read(ref _loads);

        public async Task AddExpiredAsync(string environment, int count)
        {
            for (int i = 0; i < count; i++)
            {
                SessionRow row = Sample.Row(new SessionKey(environment, $"{environment}-{i}")) with { ExpiresAt = Sample.Time };
                await CommitAsync(Sample.Creation(row), default);
            }
        }

        public override ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _loads);
            return base.LoadAsync(session, cancellationToken);
        }

        public override ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(
            DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _lists);
            return base.ListExpiredAsync(until, after, limit, cancellationToken);
        }

        public override async ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _deletions);
            await Deleting(session).WaitAsync(cancellationToken);
            return await base.DeleteAsync(session, cancellationToken);
        }
    }
}
