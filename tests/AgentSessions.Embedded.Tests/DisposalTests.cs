using AgentSessions.Core.Storage;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>Whoever asked a store for something before its end gets an answer.</summary>
public sealed class DisposalTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Dispose_AnswersACheckpointThatWasAskedForJustBefore()
    {
        using var goesOn = new ManualResetEventSlim();
        var held = new TaskCompletionSource();
        bool isOpen = false;
        EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(
            _directory.Path,
            TestStore.Quiet,
            logger: null,
            (_, _, _) =>
            {
                if (Volatile.Read(ref isOpen) && Thread.CurrentThread.Name == "Store checkpointer")
                {
                    held.TrySetResult();
                    goesOn.Wait();
                }
            },
            CancellationToken.None);
        Volatile.Write(ref isOpen, true);

        // More than half of the journal's file, so that the next one is made; the checkpointer is held there.
        await store.PutAsync(new StatePut(new StateKey("env", "space", "name"), new byte[600_000]), expectedVersion: null, CancellationToken.None);
        await held.Task;
        Task asked = store.CheckpointAsync();
        Task end = store.DisposeAsync().AsTask();
        await Eventually.TrueAsync(() => Task.FromResult(IsEnding(store)), "the end");
        goesOn.Set();

        await asked.WaitAsync(TimeSpan.FromSeconds(30));
        await end;
    }

    private static bool IsEnding(EmbeddedSessionStore store)
    {
        try
        {
            _ = store.SettleAsync();
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
