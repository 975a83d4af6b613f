using System.Text;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Conformance;

/// <summary>What every <see cref="ISessionStore"/> promises. A store's tests are one subclass of this.</summary>
/// <remarks>Each test works in an environment of its own, so that a store may be shared between tests.</remarks>
public abstract partial class SessionStoreConformance : IAsyncLifetime
{
    private readonly string _environment = "env-" + Guid.NewGuid().ToString("n");
    private ISessionStore? _store;

    /// <summary>Opens a store in which the test's sessions do not exist yet.</summary>
    protected abstract Task<ISessionStore> CreateStoreAsync();

    /// <summary>Closes the store that was opened last and opens another on what it stored.</summary>
    protected abstract Task<ISessionStore> ReopenAsync();

    /// <summary>The store.</summary>
    protected ISessionStore Store => _store!;

    /// <summary>A session of this test.</summary>
    protected SessionKey Key(string name = "chat") => new(_environment, name);

    public virtual async Task InitializeAsync() => _store = await CreateStoreAsync();

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    private async Task RestartAsync() => _store = await ReopenAsync();

    private async Task<SessionKey> CreateAsync(string name = "chat", Func<SessionRow, SessionRow>? with = null)
    {
        SessionRow row = Sample.Row(Key(name));
        await CommitAsync(Sample.Creation(with?.Invoke(row) ?? row));
        return row.Key;
    }

    private async Task CommitAsync(SessionCommit commit) => Assert.Equal(CommitOutcome.Committed, await JudgeAsync(commit));

    private async Task<CommitOutcome> JudgeAsync(SessionCommit commit) => await Store.CommitAsync(commit, default);

    private Task AppendAsync(StreamId stream, long first, int count, string text = "chunk") =>
        CommitAsync(Sample.Append(stream, Sample.Batch(first, count, text)));

    private async Task<SessionHead> LoadAsync(SessionKey session) =>
        await Store.LoadAsync(session, default) ?? throw new InvalidOperationException($"{session} is not stored.");

    private async Task<string?> ReadAsync(StreamId stream, long from = 0, int maxBytes = 1 << 20)
    {
        RecordBatch? batch = await Store.ReadAsync(stream, new Cursor(from), maxBytes, default);
        if (batch is not null)
        {
            long[] sequences = [.. batch.Decode().Select(record => record.Sequence)];
            Assert.Equal(batch.Count, sequences.Length);
            Assert.Equal(Enumerable.Range(0, batch.Count).Select(i => batch.First.Value + i), sequences);
            Assert.Equal(batch.Decode().Last().Timestamp, batch.Timestamp);
        }

        return batch is null ? null : Encoding.UTF8.GetString(batch.Records.Span);
    }

    private static string TextOf(RecordBatch batch) => Encoding.UTF8.GetString(batch.Records.Span);

    private static void Same(SessionRow expected, SessionRow actual)
    {
        Assert.Equal(expected.Tags, actual.Tags);
        Assert.Equal(expected with { Tags = [] }, actual with { Tags = [] });
    }
}
