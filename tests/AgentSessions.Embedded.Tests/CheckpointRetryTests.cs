using System.Collections.Concurrent;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>Promise R17: a checkpoint that failed is tried again, also while the writer never rests.</summary>
public sealed class CheckpointRetryTests : IDisposable
{
    private const string Checkpointer = "Store checkpointer";

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Checkpoint_ThatFailed_IsTriedAgain_WhileCommitsGoOn()
    {
        // Files that are made once the store is open, by whom; the first finds no room.
        var made = new ConcurrentQueue<string?>();
        bool isOpen = false;
        await using EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(
            _directory.Path,
            TestStore.Quiet,
            logger: null,
            (operation, _, _) =>
            {
                if (Volatile.Read(ref isOpen) && operation == DiskOperation.Create)
                {
                    made.Enqueue(Thread.CurrentThread.Name);
                    if (made.Count == 1)
                    {
                        throw new IOException("No space left on device.", 28);
                    }
                }
            },
            CancellationToken.None);
        Volatile.Write(ref isOpen, true);

        // More than half of the journal's file: from here on every commit asks for the next one.
        await PutAsync(store, new byte[600_000]);
        await Eventually.TrueAsync(
            async () =>
            {
                await PutAsync(store, new byte[8]);
                return made.Count > 1;
            },
            "the next try");

        // Not by the writer, which only makes a file when the one it has is full.
        Assert.Equal([Checkpointer, Checkpointer], made);
    }

    private static async Task PutAsync(EmbeddedSessionStore store, byte[] value) =>
        await store.PutAsync(new StatePut(new StateKey("env", "space", "name"), value), expectedVersion: null, CancellationToken.None);
}
