using System.Collections.Concurrent;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Files;
using AgentSessions.Protocol.Records;

namespace AgentSessions.Embedded.Tests;

/// <summary>Where groups are not flushed, the power may fail right behind a checkpoint: the database must not know of what the journal has lost.</summary>
public sealed class NormalDurabilityTests : IDisposable
{
    private static readonly SessionKey _session = new("env", "chat");

    private readonly TestDirectory _directory = new();
    private readonly TestDirectory _cut = new();

    // Each journal file as it was when it was last flushed.
    private readonly ConcurrentDictionary<string, byte[]> _flushed = new();

    public void Dispose()
    {
        _directory.Dispose();
        _cut.Dispose();
    }

    [Fact]
    public async Task AnOldChat_AfterALossOfPowerBehindAList_IsReadAndWritten()
    {
        await using (EmbeddedSessionStore store = await OpenAsync())
        {
            await store.CommitAsync(Sample.Creation(Sample.Row(_session)), default);
            await store.CommitAsync(Sample.Append(StreamId.Out(_session), Sample.Batch(0, 3)), default);
            await store.ListAsync(new SessionQuery { Environment = null, Now = Sample.Time, Limit = 10 }, default);
            CutPower();
        }

        await using EmbeddedSessionStore after = await TestStore.OpenAsync(_cut.Path, Options);
        SessionHead head = (await after.LoadAsync(_session, default))!;
        RecordBatch found = (await after.ReadAsync(StreamId.Out(_session), Cursor.Start, 1 << 20, default))!;
        Assert.Equal(head.Out.Tail, found.Tail);
        RecordBatch next = Sample.Batch(head.Out.Tail.Value, 2);
        Assert.Equal(CommitOutcome.Committed, await after.CommitAsync(Sample.Append(StreamId.Out(_session), next), default));
        Assert.Equal(next.Tail, (await after.ReadAsync(StreamId.Out(_session), Cursor.Start, 1 << 20, default))!.Tail);
    }

    [Fact]
    public async Task ATranscript_AfterALossOfPowerBehindAPage_TakesWhatFollows()
    {
        await using (EmbeddedSessionStore store = await OpenAsync())
        {
            await store.CommitAsync(Sample.Creation(Sample.Row(_session)), default);
            for (int i = 0; i < 3; i++)
            {
                await PutMessageAsync(store, $"before {i}");
            }

            await store.ReadTranscriptAsync(_session, limit: 1, before: null, default);
            CutPower();
        }

        await using EmbeddedSessionStore after = await TestStore.OpenAsync(_cut.Path, Options);
        await PutMessageAsync(after, "after");
        await after.CheckpointAsync();
        Assert.Equal("before 0 before 1 before 2 after", string.Join(' ', (await after.ReadTranscriptAsync(_session, null, null, default)).Messages.Select(message => message.Id)));
    }

    private static EmbeddedStoreOptions Options
    {
        get
        {
            EmbeddedStoreOptions options = TestStore.Quiet;
            options.Durability = StoreDurability.Normal;
            return options;
        }
    }

    private Task<EmbeddedSessionStore> OpenAsync() => EmbeddedSessionStore.OpenAsync(
        _directory.Path,
        Options,
        logger: null,
        (operation, path, _) =>
        {
            if (operation == DiskOperation.Sync)
            {
                _flushed[path] = File.ReadAllBytes(path);
            }
        },
        CancellationToken.None);

    /// <summary>Leaves what the disk is sure to have: SQLite flushes each of its transactions.</summary>
    private void CutPower()
    {
        StoreFiles.Copy(_directory.Path, _cut.Path);
        foreach ((string path, byte[] content) in _flushed)
        {
            File.WriteAllBytes(Path.Combine(_cut.Path, Path.GetFileName(path)), content);
        }
    }

    private static async Task PutMessageAsync(EmbeddedSessionStore store, string id) => await store.CommitAsync(
        new SessionCommit { Session = _session, Transcript = new() { Puts = [Sample.Message(id)] } }, default);
}
