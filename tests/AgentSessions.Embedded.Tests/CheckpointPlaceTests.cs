using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Files;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>A checkpoint never goes back into what an earlier one gave up.</summary>
public sealed class CheckpointPlaceTests : IDisposable
{
    private const int GroupBytes = 20_000;
    private const string Writer = "Store writer";
    private static readonly SessionKey _session = new("env", "chat");

    private readonly TestDirectory _directory = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _release = new();
    private string? _segment;

    // How many segments get their first group before the disk stops with that of the next, which makes the journal too long.
    private int _left = 2;

    public void Dispose()
    {
        _release.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Checkpoint_WhileTheFirstGroupOfASegmentIsWritten_StaysWhereTheJournalBegins()
    {
        string data = Path.Combine(_directory.Path, "data"), crashed = Path.Combine(_directory.Path, "crashed");
        var options = new EmbeddedStoreOptions { SegmentBytes = 64 << 10, JournalBytes = 128 << 10, CheckpointAfterIdle = TimeSpan.FromDays(1) };
        await using EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(data, options, logger: null, Probe, default);
        await store.CommitAsync(Sample.Creation(Sample.Row(_session)), default);
        long tail = 0;
        Task<CommitOutcome> next;
        for (next = AppendAsync(store, tail); await Task.WhenAny(next, _held.Task) == next; next = AppendAsync(store, tail))
        {
            Assert.Equal(CommitOutcome.Committed, await next);
            tail++;
        }

        // The journal is too long, and what is kept of it begins with the segment that is written; then all of it is brought over.
        try
        {
            await store.SettleAsync();
            await Eventually.TrueAsync(() => Task.FromResult(store.JournalSegments == 1), "a journal of one segment");
            await store.CheckpointAsync();
            StoreFiles.Copy(data, crashed);
        }
        finally
        {
            _release.Set();
        }

        await next;

        await using EmbeddedSessionStore recovered = await TestStore.OpenAsync(crashed);
        Assert.InRange((await recovered.GetBoundsAsync(StreamId.Out(_session), default)).Tail.Value, tail, tail + 1);
    }

    private static Task<CommitOutcome> AppendAsync(EmbeddedSessionStore store, long tail) =>
        store.CommitAsync(Sample.Append(StreamId.Out(_session), Sample.Batch(tail, 1, new string('x', GroupBytes))), default).AsTask();

    private void Probe(DiskOperation operation, string path, long bytes)
    {
        if (operation == DiskOperation.Write && bytes is > GroupBytes and < 2 * GroupBytes && Thread.CurrentThread.Name == Writer && path != _segment)
        {
            _segment = path;
            if (--_left < 0 && !_held.Task.IsCompleted)
            {
                _held.SetResult();
                _release.Wait();
            }
        }
    }
}
