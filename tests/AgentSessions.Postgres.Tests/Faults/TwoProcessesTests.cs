using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>Several stores on one database, as several processes have them: conditions are judged against the commits of all.</summary>
public sealed class TwoProcessesTests : IAsyncLifetime
{
    private readonly string _environment = "env-" + Guid.NewGuid().ToString("n");
    private PostgresSessionStore[] _stores = [];

    public async Task InitializeAsync()
    {
        PostgresOptions options = await StoreOpener.SharedOptionsAsync();
        _stores = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StoreOpener.OpenAsync(options)));
    }

    public async Task DisposeAsync()
    {
        foreach (PostgresSessionStore store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task RacingCreates_HaveOneWinnerEach()
    {
        SessionKey[] sessions = Sessions(40);
        CommitOutcome[][] outcomes = await Task.WhenAll(_stores.Select(store => Task.Run(() => Task.WhenAll(
            sessions.Select(session => store.CommitAsync(Sample.Creation(Sample.Row(session)), default).AsTask())))));
        for (int i = 0; i < sessions.Length; i++)
        {
            Assert.Single(outcomes, process => process[i] == CommitOutcome.Committed);
            Assert.Equal(2, outcomes.Count(process => process[i] == CommitOutcome.VersionMoved));
        }
    }

    [Fact]
    public async Task RacingAppends_OnManySessionsAtOnce_LeaveNoGapAndLoseNothing()
    {
        SessionKey[] sessions = Sessions(25);
        await Task.WhenAll(sessions.Select(session => _stores[0].CommitAsync(Sample.Creation(Sample.Row(session)), default).AsTask()));
        await Task.WhenAll(_stores.SelectMany((store, process) => sessions.Select(session => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                await AppendAsync(store, session, $"p{process}-{i}");
            }
        }))));
        foreach (SessionKey session in sessions)
        {
            RecordBatch all = (await _stores[0].ReadAsync(StreamId.Out(session), Cursor.Start, 1 << 20, default))!;
            string[] bodies = [.. all.Decode().Select(record => record.Body)];
            Assert.Equal(30, bodies.Length);
            for (int process = 0; process < _stores.Length; process++)
            {
                IEnumerable<string> mine = bodies.Where(body => body.Contains($"p{process}-")).Select(body => body.Split('-')[1].Split(' ')[0]);
                Assert.Equal(Enumerable.Range(0, 10).Select(i => i.ToString()), mine);
            }
        }
    }

    [Fact]
    public async Task ADeletion_BetweenCommits_FencesAllProcesses()
    {
        SessionKey session = Sessions(1)[0];
        for (int round = 0; round < 20; round++)
        {
            await _stores[0].CommitAsync(Sample.Creation(Sample.Row(session)), default);
            Task<CommitOutcome>[] appends =
                [.. _stores.Select(store => store.CommitAsync(Sample.Append(StreamId.Out(session), Sample.Batch(0, 1)), default).AsTask())];
            Assert.True(await _stores[1].DeleteAsync(session, default));
            await Task.WhenAll(appends);
            Assert.Null(await _stores[2].LoadAsync(session, default));
            Assert.Null(await _stores[2].ReadAsync(StreamId.Out(session), Cursor.Start, 100, default));
        }
    }

    private SessionKey[] Sessions(int count) => [.. Enumerable.Range(0, count).Select(i => new SessionKey(_environment, $"chat-{i}"))];

    private static async Task AppendAsync(PostgresSessionStore store, SessionKey session, string text)
    {
        while (true)
        {
            StreamBounds bounds = await store.GetBoundsAsync(StreamId.Out(session), default);
            SessionCommit commit = Sample.Append(StreamId.Out(session), Sample.Batch(bounds.Tail.Value, 1, text));
            if (await store.CommitAsync(commit, default) == CommitOutcome.Committed)
            {
                return;
            }
        }
    }
}
