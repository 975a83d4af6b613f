using AgentSessions.Conformance;
using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.Protocol.Records;
using Npgsql;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>The connection breaks in the middle of a write, before or after the server carried it out: it is made once, and its caller hears so.</summary>
public sealed class LostAnswerTests : IAsyncLifetime
{
    private readonly SessionKey _session = new("env-" + Guid.NewGuid().ToString("n"), "chat");
    private LossyLine _line = null!;
    private PostgresSessionStore _store = null!;
    private PostgresSessionStore _other = null!;

    public async Task InitializeAsync()
    {
        PostgresOptions options = await StoreOpener.SharedOptionsAsync();
        _other = await StoreOpener.OpenAsync(options);
        var address = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        _line = new LossyLine(address.Port);
        address.Port = _line.Port;
        options.ConnectionString = address.ConnectionString;
        _store = await StoreOpener.OpenAsync(options);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _other.DisposeAsync();
        await _line.DisposeAsync();
    }

    [Theory]
    [InlineData(Lost.Request)]
    [InlineData(Lost.Answer)]
    public async Task Append_IsMadeOnce(Lost lost)
    {
        await CreateAsync();
        Break(lost);
        Assert.Equal(CommitOutcome.Committed, await AppendAsync(_store, StreamId.Out(_session), 0, "ours"));
        await ExpectAsync(StreamId.Out(_session), "ours 0");
    }

    [Theory]
    [InlineData(StreamDirection.In)]
    [InlineData(StreamDirection.Out)]
    public async Task Append_ThatWasMadeAndFollowedByAnother_IsFound(StreamDirection direction)
    {
        await CreateAsync();
        var stream = new StreamId(_session, "", direction);
        Break(Lost.Answer, async () => Assert.Equal(CommitOutcome.Committed, await AppendAsync(_other, stream, 1, "theirs")));
        Assert.Equal(CommitOutcome.Committed, await AppendAsync(_store, stream, 0, "ours"));
        await ExpectAsync(stream, "ours 0", "theirs 1");
    }

    [Theory]
    [InlineData(StreamDirection.In)]
    [InlineData(StreamDirection.Out)]
    public async Task Append_OnASideChannel_ThatWasMadeAndFollowedByAnother_IsFound(StreamDirection direction)
    {
        await CreateAsync();
        var stream = new StreamId(_session, "side", direction);
        Break(Lost.Answer, async () => Assert.Equal(CommitOutcome.Committed, await AppendAsync(_other, stream, 1, "theirs")));
        Assert.Equal(CommitOutcome.Committed, await AppendAsync(_store, stream, 0, "ours"));
        await ExpectAsync(stream, "ours 0", "theirs 1");
    }

    [Fact]
    public async Task Append_ThatWasNotMadeAndIsOvertaken_IsRefused()
    {
        await CreateAsync();
        Break(Lost.Request, async () => Assert.Equal(CommitOutcome.Committed, await AppendAsync(_other, StreamId.Out(_session), 0, "theirs")));
        Assert.Equal(CommitOutcome.TailMoved, await AppendAsync(_store, StreamId.Out(_session), 0, "ours"));
        await ExpectAsync(StreamId.Out(_session), "theirs 0");
    }

    [Theory]
    [InlineData(Lost.Request)]
    [InlineData(Lost.Answer)]
    public async Task Creation_IsMadeOnce(Lost lost)
    {
        Break(lost);
        Assert.Equal(CommitOutcome.Committed, await _store.CommitAsync(Sample.Creation(Sample.Row(_session)), default));
        Assert.Equal(1, (await _store.LoadAsync(_session, default))!.Version);
    }

    [Fact]
    public async Task Creation_ThatAnotherMade_IsRefused()
    {
        Break(Lost.Request, async () => Assert.Equal(CommitOutcome.Committed, await _other.CommitAsync(Sample.Creation(Sample.Row(_session)), default)));
        Assert.Equal(CommitOutcome.VersionMoved, await _store.CommitAsync(Sample.Creation(Sample.Row(_session)), default));
    }

    [Fact]
    public async Task Claim_ThatWasMadeAndIsOvertaken_IsFoundByItsRun()
    {
        await CreateAsync();
        SessionRow claimed = Sample.Row(_session) with { CurrentRunId = $"run_{_session.Environment}", HasLiveRun = true, RunVersion = 1 };
        Break(Lost.Answer, async () => Assert.Equal(CommitOutcome.Committed, await AppendAsync(_other, StreamId.In(_session), 0, "theirs")));
        RunRow run = Sample.Run(_session, claimed.CurrentRunId, number: 1) with { Status = RunStatus.Queued };
        CommitOutcome outcome = await _store.CommitAsync(new() { Session = _session, ExpectedVersion = 1, Row = claimed, Runs = [run] }, default);
        Assert.Equal(CommitOutcome.Committed, outcome);
        Assert.Equal(2, (await _store.LoadAsync(_session, default))!.Version);
    }

    [Theory]
    [InlineData(Lost.Request)]
    [InlineData(Lost.Answer)]
    public async Task Deletion_TellsThatThereWasASession(Lost lost)
    {
        await CreateAsync();
        _line.BreakAt(lost, "DELETE FROM agent_sessions.heads");
        Assert.True(await _store.DeleteAsync(_session, default));
        Assert.Equal(1, _line.Breaks);
        Assert.Null(await _store.LoadAsync(_session, default));
    }

    [Fact]
    public async Task Deletion_ThatWasMade_LeavesTheSuccessorAlone()
    {
        await CreateAsync();
        _line.BreakAt(Lost.Answer, "COMMIT\0", async () =>
        {
            Assert.Equal(CommitOutcome.Committed, await _other.CommitAsync(Sample.Creation(Sample.Row(_session)), default));
            await AppendAsync(_other, StreamId.Out(_session), 0, "theirs");
        });
        Assert.True(await _store.DeleteAsync(_session, default));
        await ExpectAsync(StreamId.Out(_session), "theirs 0");
    }

    [Theory]
    [InlineData(Lost.Request)]
    [InlineData(Lost.Answer)]
    public async Task Value_PutWithoutACondition_IsThere(Lost lost)
    {
        var key = new StateKey(_session.Environment, "space", "name");
        Break(lost);
        Assert.NotNull(await _store.PutAsync(new StatePut(key, new byte[] { 1 }), expectedVersion: null, default));
        Assert.Equal(1, _line.Breaks);
        Assert.Equal([1], (await _store.GetAsync(key, default))!.Value.ToArray());
    }

    private void Break(Lost lost, Func<Task>? meanwhile = null) => _line.BreakAt(lost, _session.Environment, meanwhile);

    private async Task CreateAsync() =>
        Assert.Equal(CommitOutcome.Committed, await _store.CommitAsync(Sample.Creation(Sample.Row(_session)), default));

    private static async Task<CommitOutcome> AppendAsync(PostgresSessionStore store, StreamId stream, long first, string text) =>
        await store.CommitAsync(Sample.Append(stream, Sample.Batch(first, 1, text)), default);

    private async Task ExpectAsync(StreamId stream, params string[] texts)
    {
        Assert.Equal(1, _line.Breaks);
        RecordBatch? batch = await _other.ReadAsync(stream, Cursor.Start, int.MaxValue, default);
        Assert.Equal(texts, batch!.Decode().Select(static record => System.Text.Json.JsonDocument.Parse(record.Body).RootElement.GetProperty("data").GetString()));
    }
}
