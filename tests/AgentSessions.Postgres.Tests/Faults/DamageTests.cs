using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.TestPostgres;

namespace AgentSessions.Postgres.Tests.Faults;

/// <summary>Rows that were changed behind the store's back are noticed when they are read.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly SessionKey _session = new("env-" + Guid.NewGuid().ToString("n"), "chat");
    private PostgresSessionStore _store = null!;

    public async Task InitializeAsync()
    {
        _store = await StoreOpener.OpenAsync(await StoreOpener.SharedOptionsAsync());
        await _store.CommitAsync(Sample.Creation(Sample.Row(_session)), default);
        for (int i = 0; i < 3; i++)
        {
            await _store.CommitAsync(Sample.Append(StreamId.Out(_session), Sample.Batch(i * 2, 2)), default);
        }
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Theory]
    [InlineData("UPDATE agent_sessions.records SET data = set_byte(data, 40, get_byte(data, 40) # 1) WHERE {0} AND first = 2")]
    [InlineData("UPDATE agent_sessions.records SET data = substr(data, 1, 30) WHERE {0} AND first = 2")]
    [InlineData("DELETE FROM agent_sessions.records WHERE {0} AND first = 2")]
    public async Task Read_OfARowThatChanged_Throws(string damage)
    {
        string mine = $"session = (SELECT id FROM agent_sessions.heads WHERE environment = '{_session.Environment}')";
        await (await SharedPostgres.GetAsync()).ExecuteAsync(string.Format(damage, mine));
        await Assert.ThrowsAsync<StoreDamagedException>(async () => await ReadAsync(2));
        await Assert.ThrowsAsync<StoreDamagedException>(async () => await ReadAsync(3));
        Assert.NotNull(await ReadAsync(4));
    }

    [Fact]
    public async Task Read_WhenTheLastRowIsGone_Throws()
    {
        string mine = $"session = (SELECT id FROM agent_sessions.heads WHERE environment = '{_session.Environment}')";
        await (await SharedPostgres.GetAsync()).ExecuteAsync($"DELETE FROM agent_sessions.records WHERE {mine}");
        await Assert.ThrowsAsync<StoreDamagedException>(async () => await ReadAsync(0));
        Assert.Null(await ReadAsync(6));
    }

    private ValueTask<RecordBatch?> ReadAsync(long from) => _store.ReadAsync(StreamId.Out(_session), new Cursor(from), 1, default);
}
