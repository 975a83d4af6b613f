using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Files;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>A copy that is taken while writers are at work opens as a sound store and has what was acknowledged before it began.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Writers = 4;
    private const int Copies = 12;
    private const int LargeSessions = 12;
    private static readonly SessionQuery _sessions = new() { Environment = "env", Now = Sample.Time, Limit = 100 };

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Copy_WhileCommitsGoOn_HoldsEverythingAcknowledgedBefore()
    {
        string data = Path.Combine(_directory.Path, "data");
        var tails = new ConcurrentDictionary<SessionKey, long>();
        var acknowledged = new List<Dictionary<SessionKey, long>>();
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(data, TestStore.Tiny))
        {
            using var leave = new CancellationTokenSource();
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(store, new SessionKey("env", $"chat{i}"), tails, leave.Token)))];
            for (int i = 0; i < Copies; i++)
            {
                await GrowAsync(tails, writers);
                acknowledged.Add(new Dictionary<SessionKey, long>(tails));
                Assert.True(await store.CopyAsync(CopyPath(i), default) > 0);
            }

            await GrowAsync(tails, writers);
            await leave.CancelAsync();
            await Task.WhenAll(writers);
        }

        for (int i = 0; i < Copies; i++)
        {
            await using EmbeddedSessionStore copy = await TestStore.OpenAsync(CopyPath(i));
            foreach ((SessionKey session, long tail) in acknowledged[i])
            {
                long found = 0;
                while (await copy.ReadAsync(StreamId.Out(session), new Cursor(found), 64 << 10, default) is { } batch)
                {
                    Assert.Equal(found, batch.First.Value);
                    found = batch.Tail.Value;
                }

                Assert.InRange(found, tail, tails[session]);
            }
        }
    }

    [Fact]
    public async Task Copy_ThatCannotBeWritten_LeavesNothing_AndTheStoreGoesOn()
    {
        string data = Path.Combine(_directory.Path, "data");
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(data);
        string blocked = Path.Combine(_directory.Path, "a-file");
        File.WriteAllText(blocked, "");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CopyAsync(Path.Combine(blocked, "copy"), default));

        SessionRow row = Sample.Row(new SessionKey("env", "chat"));
        Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(Sample.Creation(row), default));
        await store.CheckpointAsync();
    }

    [Fact]
    public async Task Copy_ThatTakesLong_HoldsUpNoListPageOrDeletion_AndHasWhatCameMeanwhile()
    {
        using var disk = new HeldDisk();
        await using (EmbeddedSessionStore store = await OpenLargeAsync(disk))
        {
            SessionKey deleted = Large(0), changed = Large(1), created = new("env", "created");
            Task<long> copy = store.CopyAsync(CopyPath(0), default);
            await disk.IsHeld;

            await store.CommitAsync(Sample.Creation(Sample.Row(created)), default);
            await store.CommitAsync(new SessionCommit { Session = changed, Transcript = new() { Puts = [Sample.Message("new")] } }, default);
            Assert.True(await store.DeleteAsync(deleted, default));
            SessionPage page = await store.ListAsync(_sessions, default);
            Assert.Equal(LargeSessions, page.Rows.Count);
            Assert.Equal("new", (await store.ReadTranscriptAsync(changed, 10, null, default)).Ids());
            Assert.False(copy.IsCompleted);

            disk.Release();
            await copy;
        }

        Assert.DoesNotContain(
            Directory.GetFiles(CopyPath(0)), static file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Large(0).Key)) >= 0);
        await using EmbeddedSessionStore restored = await TestStore.OpenAsync(CopyPath(0));
        Assert.Equal(LargeSessions, (await restored.ListAsync(_sessions, default)).Rows.Count);
        Assert.Equal("new", (await restored.ReadTranscriptAsync(Large(1), null, null, default)).Ids());
        Assert.Equal(5, (await restored.GetBoundsAsync(StreamId.Out(Large(LargeSessions - 1)), default)).Tail.Value);
    }

    [Fact]
    public async Task Copy_OfAStoreThatCloses_IsGivenUp_AndLeavesNothing()
    {
        using var disk = new HeldDisk();
        EmbeddedSessionStore store = await OpenLargeAsync(disk);
        Task<long> copy = store.CopyAsync(CopyPath(0), default);
        await disk.IsHeld;

        Task closing = store.DisposeAsync().AsTask();
        disk.Release();
        await closing;

        await Assert.ThrowsAsync<StoreUnavailableException>(() => copy);
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(CopyPath(0))!));
    }

    [Fact]
    public async Task Open_RemovesWhatAKilledProcessLeftOfABackup_AndNothingElse()
    {
        string data = Path.Combine(_directory.Path, "data"), backups = Path.Combine(data, "backups");
        foreach (string name in (string[])["backup-20261123T093000.000Z.part", "backup-20261123T093000.000Z", "mine.part"])
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(backups, name)).FullName, "sessions.db"), "half");
        }

        await using EmbeddedSessionStore store = await TestStore.OpenAsync(data);

        Assert.Equal(["backup-20261123T093000.000Z", "mine.part"], Directory.GetDirectories(backups).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>A store whose database takes several rounds to copy, the first of which is held.</summary>
    private async Task<EmbeddedSessionStore> OpenLargeAsync(HeldDisk disk)
    {
        EmbeddedSessionStore store = await EmbeddedSessionStore.OpenAsync(
            Path.Combine(_directory.Path, "data"), TestStore.Quiet, logger: null, disk.Probe, default);
        for (int i = 0; i < LargeSessions; i++)
        {
            await store.CommitAsync(Sample.Creation(Sample.Row(Large(i))), default);
            string text = Convert.ToHexString(RandomNumberGenerator.GetBytes(100_000));
            await store.CommitAsync(Sample.Append(StreamId.Out(Large(i)), Sample.Batch(0, 5, text)), default);
        }

        await store.CheckpointAsync();
        return store;
    }

    private static SessionKey Large(int number) => new("env", $"large-{number:D4}");

    private string CopyPath(int number) => Path.Combine(_directory.Path, "backups", $"copy{number}");

    private static async Task WriteAsync(EmbeddedSessionStore store, SessionKey session, ConcurrentDictionary<SessionKey, long> tails, CancellationToken leave)
    {
        await store.CommitAsync(Sample.Creation(Sample.Row(session)), default);
        for (long tail = 0; !leave.IsCancellationRequested; tail += 5)
        {
            var commit = new SessionCommit { Session = session, Appends = [new(StreamId.Out(session), Sample.Batch(tail, 5, new string('x', 500)))] };
            Assert.Equal(CommitOutcome.Committed, await store.CommitAsync(commit, default));
            tails[session] = tail + 5;
        }
    }

    /// <summary>Waits until every writer has gone on by some commits.</summary>
    private static async Task GrowAsync(ConcurrentDictionary<SessionKey, long> tails, Task[] writers)
    {
        var before = new Dictionary<SessionKey, long>(tails);
        await Eventually.TrueAsync(
            () =>
            {
                Assert.DoesNotContain(writers, static writer => writer.IsFaulted);
                return Task.FromResult(tails.Count == Writers && tails.All(tail => tail.Value >= before.GetValueOrDefault(tail.Key) + 15));
            },
            "commits of every writer");
    }

    /// <summary>A disk that takes its time with the first round of a copied database.</summary>
    private sealed class HeldDisk : IDisposable
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _release = new();
        private int _flushes;

        /// <summary>Completes once the copy waits.</summary>
        public Task IsHeld => _held.Task;

        public void Release() => _release.Set();

        public void Probe(DiskOperation operation, string path, long bytes)
        {
            // The file is flushed once when it is made.
            if (operation == DiskOperation.Sync && path.EndsWith(Path.Combine(".part", "sessions.db"), StringComparison.Ordinal)
                && Interlocked.Increment(ref _flushes) == 2)
            {
                _held.SetResult();
                _release.Wait();
            }
        }

        public void Dispose() => _release.Dispose();
    }
}
