using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Sqlite;
using AgentSessions.TestServer;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Tests;

/// <summary>Damage to a row of one session stops that session and nobody else.</summary>
public sealed class DamagedRowTests : IDisposable
{
    private static readonly SessionKey _damaged = new("env", "damaged");
    private static readonly SessionKey _sound = new("env", "sound");
    private static readonly StateKey _state = new("env", "space", "name");

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ADamagedTranscript_StopsItsSession_AndNoOther()
    {
        await FillAsync("UPDATE transcripts SET body = zeroblob(length(body)) WHERE session = (SELECT number FROM sessions WHERE key = 'damaged')");
        for (int start = 0; start < 2; start++)
        {
            var logs = new CollectedLogs();
            using var loggers = new LoggerFactory([logs]);
            await using EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(
                _directory.Path, TestStore.Quiet, loggers.CreateLogger<EmbeddedSessionStore>(), CancellationToken.None);
            await PutMessageAsync(store, _damaged, $"lost {start}");
            await PutMessageAsync(store, _sound, $"kept {start}");

            await store.CheckpointAsync();

            Assert.Contains(logs.Lines, static line => line.Contains("transcript of session damaged of env", StringComparison.Ordinal));
            await Assert.ThrowsAsync<StoreDamagedException>(async () => await store.ReadTranscriptAsync(_damaged, null, null, default));
            await Assert.ThrowsAsync<StoreDamagedException>(async () => await store.ReadTranscriptAsync(_damaged, 1, null, default));
            Assert.Equal(2 + start, (await store.ReadTranscriptAsync(_sound, null, null, default)).Messages.Count);
        }

        await using EmbeddedSessionStore last = await TestStore.OpenAsync(_directory.Path);
        Assert.True(await last.DeleteAsync(_damaged, default));
        await last.CommitAsync(Sample.Creation(Sample.Row(_damaged)), default);
        await PutMessageAsync(last, _damaged, "new");
        Assert.Single((await last.ReadTranscriptAsync(_damaged, 10, null, default)).Messages);
    }

    [Fact]
    public async Task ACommitWithADamagedState_Fails_AndHoldsNothing()
    {
        await FillAsync("UPDATE states SET body = zeroblob(length(body))");
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        var commit = new SessionCommit { Session = _sound, States = [new(_state, new byte[1])] };
        await Assert.ThrowsAsync<StoreDamagedException>(async () => await store.CommitAsync(commit, default));

        await store.CheckpointAsync();

        Assert.Equal(0, store.HotSessions);
    }

    [Fact]
    public async Task ADamagedRow_IsLeftOutOfLists_AndTheOthersAreServed()
    {
        await FillAsync("UPDATE sessions SET body = zeroblob(length(body)) WHERE key = 'damaged'");
        var logs = new CollectedLogs();
        using var loggers = new LoggerFactory([logs]);
        EmbeddedStoreOptions options = TestStore.Quiet;

        // As of a database that is too large to be looked through at each start.
        options.CheckDatabaseUpToBytes = 0;
        await using EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(
            _directory.Path, options, loggers.CreateLogger<EmbeddedSessionStore>(), CancellationToken.None);
        SessionKey newest = new("env", "newest");
        await store.CommitAsync(Sample.Creation(Sample.Row(newest) with { CreatedAt = Sample.Time.AddDays(1) }), default);
        var query = new SessionQuery { Environment = "env", Now = Sample.Time, Limit = 1 };

        SessionPage first = await store.ListAsync(query, default);
        SessionPage second = await store.ListAsync(query with { After = SessionPlace.Of(first.Rows[0]) }, default);
        SessionPage back = await store.ListAsync(query with { Before = SessionPlace.Of(second.Rows[0]) }, default);

        Assert.Equal([newest, _sound, newest], new[] { first, second, back }.Select(static page => Assert.Single(page.Rows).Key));
        Assert.Equal([(true, false), (false, true), (true, false)], new[] { first, second, back }.Select(static page => (page.HasOlder, page.HasNewer)));
        Assert.Contains(logs.Lines, static line => line.Contains("row of session damaged of env", StringComparison.Ordinal));
        await Assert.ThrowsAsync<StoreDamagedException>(async () => await store.LoadAsync(_damaged, default));
    }

    /// <summary>Makes a store with something in every table, and damages it.</summary>
    private async Task FillAsync(string damage)
    {
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            foreach (SessionKey session in (SessionKey[])[_damaged, _sound])
            {
                await store.CommitAsync(Sample.Creation(Sample.Row(session)), default);
                await PutMessageAsync(store, session, "first");
            }

            await store.PutAsync(new StatePut(_state, new byte[1]), expectedVersion: null, default);
        }

        using var database = SqliteDatabase.Open(Path.Combine(_directory.Path, "sessions.db"), isWriter: true);
        database.ExecuteScript(damage);
    }

    private static async Task PutMessageAsync(EmbeddedSessionStore store, SessionKey session, string id) =>
        await store.CommitAsync(new SessionCommit { Session = session, Transcript = new() { Puts = [Sample.Message(id)] } }, default);
}
