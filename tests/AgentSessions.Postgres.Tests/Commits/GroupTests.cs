using System.Diagnostics;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.TestServer;
using Npgsql;

namespace AgentSessions.Postgres.Tests.Commits;

/// <summary>What is shared by commits that wait at the same moment, and what is not.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private readonly string _environment = "env-" + Guid.NewGuid().ToString("n");
    private PostgresSessionStore _store = null!;
    private NpgsqlConnection _operator = null!;

    public async Task InitializeAsync()
    {
        PostgresOptions options = await OneWriterAsync();
        _store = await StoreOpener.OpenAsync(options);
        _operator = new NpgsqlConnection(options.ConnectionString);
        await _operator.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await _operator.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Commits_ThatWaitTogether_ShareOneTransaction()
    {
        SessionKey[] sessions = await CreateAsync(100);
        await using (NpgsqlTransaction held = await HoldAsync(sessions[0]))
        {
            // The first keeps the only writer busy, so that the others gather.
            Task<CommitOutcome> first = AppendAsync(sessions[0], 0);
            await WaitForBlockedWriterAsync();
            Task<CommitOutcome>[] others = [.. sessions[1..].Select(session => AppendAsync(session, 0))];
            await held.RollbackAsync();
            Assert.All(await Task.WhenAll(others.Append(first)), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        }

        Assert.Equal(2L, await ScalarAsync($"SELECT count(DISTINCT mark) FROM agent_sessions.heads WHERE environment = '{_environment}'"));
    }

    [Fact]
    public async Task StaleCommits_ChangeNothingAndDoNotDisturbTheirGroup()
    {
        SessionKey[] sessions = await CreateAsync(20);
        await using NpgsqlTransaction held = await HoldAsync(sessions[0]);
        Task<CommitOutcome> first = AppendAsync(sessions[0], 0);
        await WaitForBlockedWriterAsync();
        Task<CommitOutcome>[] others = [.. sessions[1..].Select((session, place) => AppendAsync(session, place % 2))];
        await held.RollbackAsync();
        await first;
        CommitOutcome[] outcomes = await Task.WhenAll(others);
        for (int i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(i % 2 == 0 ? CommitOutcome.Committed : CommitOutcome.TailMoved, outcomes[i]);
            Assert.Equal(i % 2 == 0 ? 1 : 0, (await _store.LoadAsync(sessions[i + 1], default))!.Out.Tail.Value);
        }
    }

    [Fact]
    public async Task CommitsOfOneSession_InOneMoment_AreMadeInOrder()
    {
        SessionKey session = (await CreateAsync(1))[0];
        Task<CommitOutcome>[] commits = [.. Enumerable.Range(0, 50).Select(first => AppendAsync(session, first))];
        Assert.All(await Task.WhenAll(commits), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
    }

    [Fact]
    public async Task ALockHeldByOthers_FailsOnlyTheCommitThatNeedsIt()
    {
        PostgresOptions options = await OneWriterAsync();
        options.LockTimeout = TimeSpan.FromSeconds(1);
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(options);
        SessionKey[] sessions = await CreateAsync(5);
        await using NpgsqlTransaction held = await HoldAsync(sessions[2]);
        Task<CommitOutcome>[] commits = [.. sessions.Select(session => store.CommitAsync(Append(session, 0), default).AsTask())];
        foreach (int free in (int[])[0, 1, 3, 4])
        {
            Assert.Equal(CommitOutcome.Committed, await commits[free]);
        }

        StoreUnavailableException failed = await Assert.ThrowsAsync<StoreUnavailableException>(() => commits[2]);
        Assert.Contains("locked", failed.Message);
        await held.RollbackAsync();
        Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(Append(sessions[2], 0), default));
    }

    [Fact]
    public async Task ManyLocksHeldByOthers_CostTheirGroupOneWait()
    {
        const int locked = 20;
        PostgresOptions options = await OneWriterAsync();
        options.LockTimeout = TimeSpan.FromSeconds(2);
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(options);
        SessionKey[] sessions = await CreateAsync(locked + 1);
        await using NpgsqlTransaction held = await HoldAsync(sessions[..locked]);
        long began = Stopwatch.GetTimestamp();

        Task<CommitOutcome>[] commits = [.. sessions.Select(session => store.CommitAsync(Append(session, 0), default).AsTask())];

        Assert.Equal(CommitOutcome.Committed, await commits[^1]);
        Assert.All(commits[..^1], static commit => Assert.IsType<StoreUnavailableException>(commit.Exception?.InnerException));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, locked * options.LockTimeout / 2);
    }

    [Fact]
    public async Task ACommitTheDatabaseCannotTake_FailsAlone()
    {
        SessionKey[] sessions = await CreateAsync(3);
        SessionRow row = Sample.Row(sessions[1]);

        // Longer than an entry of an index may be, and not to be compressed.
        string agent = string.Concat(Enumerable.Range(0, 500).Select(_ => Guid.NewGuid().ToString("n")));
        Task<CommitOutcome>[] commits =
        [
            AppendAsync(sessions[0], 0),
            _store.CommitAsync(new() { Session = row.Key, ExpectedVersion = 1, Row = row with { Agent = agent } }, default).AsTask(),
            AppendAsync(sessions[2], 0),
        ];
        Assert.Equal(CommitOutcome.Committed, await commits[0]);
        Assert.Equal(CommitOutcome.Committed, await commits[2]);
        StoreUnavailableException failed = await Assert.ThrowsAsync<StoreUnavailableException>(() => commits[1]);
        Assert.Contains("SQLSTATE 54000", failed.Message);
        Assert.DoesNotContain(agent[..32], failed.ToString());
        Assert.Equal(1, (await _store.LoadAsync(row.Key, default))!.Version);
    }

    [Fact]
    public async Task ACancelledCommit_ThatStillWaits_IsNeverMade()
    {
        SessionKey[] sessions = await CreateAsync(2);
        using var cancel = new CancellationTokenSource();
        await using NpgsqlTransaction held = await HoldAsync(sessions[0]);
        Task<CommitOutcome> first = AppendAsync(sessions[0], 0);
        await WaitForBlockedWriterAsync();
        Task<CommitOutcome> second = AppendAsync(sessions[1], 0, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await held.RollbackAsync();
        Assert.Equal(CommitOutcome.Committed, await first);
        Assert.Equal(CommitOutcome.Committed, await AppendAsync(sessions[1], 0));
    }

    [Fact]
    public async Task TooManyWaitingCommits_AreRefused()
    {
        PostgresOptions options = await OneWriterAsync();
        options.MaxQueuedCommits = 3;
        await using PostgresSessionStore store = await StoreOpener.OpenAsync(options);
        SessionKey[] sessions = await CreateAsync(6);
        await using NpgsqlTransaction held = await HoldAsync(sessions[0]);
        Task<CommitOutcome> first = store.CommitAsync(Append(sessions[0], 0), default).AsTask();
        await WaitForBlockedWriterAsync();
        Task<CommitOutcome>[] waiting = [.. sessions[1..4].Select(session => store.CommitAsync(Append(session, 0), default).AsTask())];
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.CommitAsync(Append(sessions[4], 0), default));
        await held.RollbackAsync();
        Assert.All(await Task.WhenAll(waiting.Append(first)), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(Append(sessions[4], 0), default));
    }

    private static async Task<PostgresOptions> OneWriterAsync()
    {
        PostgresOptions options = await StoreOpener.SharedOptionsAsync();
        options.Writers = 1;
        return options;
    }

    private async Task<SessionKey[]> CreateAsync(int count)
    {
        SessionKey[] sessions = [.. Enumerable.Range(0, count).Select(i => new SessionKey(_environment, $"chat-{i:000}"))];
        await Task.WhenAll(sessions.Select(session => _store.CommitAsync(Sample.Creation(Sample.Row(session)), default).AsTask()));
        return sessions;
    }

    private static SessionCommit Append(SessionKey session, long first) => Sample.Append(StreamId.Out(session), Sample.Batch(first, 1));

    private Task<CommitOutcome> AppendAsync(SessionKey session, long first, CancellationToken cancellationToken = default) =>
        _store.CommitAsync(Append(session, first), cancellationToken).AsTask();

    private async Task<NpgsqlTransaction> HoldAsync(params SessionKey[] sessions)
    {
        NpgsqlTransaction transaction = await _operator.BeginTransactionAsync();
        string keys = string.Join(',', sessions.Select(static session => $"'{session.Key}'"));
        await ScalarAsync($"SELECT id FROM agent_sessions.heads WHERE environment = '{_environment}' AND key IN ({keys}) FOR UPDATE");
        return transaction;
    }

    private async Task WaitForBlockedWriterAsync() => await Eventually.TrueAsync(
        async () => (bool)(await ScalarAsync($"SELECT exists (SELECT FROM pg_locks WHERE NOT granted AND {_operator.ProcessID} = ANY (pg_blocking_pids(pid)))"))!,
        "the writer waiting for the lock");

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _operator);
        return await command.ExecuteScalarAsync();
    }
}
