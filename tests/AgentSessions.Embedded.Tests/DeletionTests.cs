using System.Text;
using AgentSessions.Conformance;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Embedded.Files;
using AgentSessions.Protocol.Records;
using AgentSessions.TestServer;

namespace AgentSessions.Embedded.Tests;

/// <summary>When a deletion returns, no byte of the session is in any file.</summary>
public sealed class DeletionTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Delete_LeavesNoByteOfAPlantedToken(int seed)
    {
        var random = new Random(seed);
        EmbeddedStoreOptions options = TestStore.Tiny;
        options.Durability = StoreDurability.Normal;
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path, options);
        SessionKey[] sessions = [.. Enumerable.Range(0, 40).Select(i => new SessionKey("env", $"planted-{seed}-{i:D4}"))];
        foreach (SessionKey session in sessions)
        {
            await store.CommitAsync(Sample.Creation(RowOf(session)), default);
        }

        // Overlapping lives: bytes of one session lie among those of the others, in every kind of place.
        for (int i = 0; i < 600; i++)
        {
            await ChangeAsync(store, sessions[random.Next(sessions.Length)], random);
        }

        SessionKey[] deleted = [.. sessions.Where((_, i) => i % 3 == 0)];
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 300; i++)
            {
                await ChangeAsync(store, sessions[(random.Next(sessions.Length / 3) * 3) + 1], random);
            }
        });
        foreach (SessionKey session in deleted)
        {
            Assert.True(await store.DeleteAsync(session, default));
            AssertAbsent(session);
        }

        await writing;
        Assert.All(deleted, AssertAbsent);
        Assert.True(Holds(sessions[1].Key), "The search finds nothing at all.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_AfterACrashWithinADeletion_FinishesIt(bool isFlushed)
    {
        var session = new SessionKey("env", "planted-for-a-crash");
        using var crashed = new TestDirectory();
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(Sample.Creation(RowOf(session)), default);
            await ChangeAsync(store, session, new Random(1));
            await store.CheckpointAsync();
            await store.SettleAsync();
            await store.CommitDeletionAsync(session);
            if (isFlushed)
            {
                await store.CheckpointAsync();
            }

            StoreFiles.Copy(_directory.Path, crashed.Path);
        }

        StoreFiles.Replace(_directory.Path, crashed.Path);
        AssertPresent(session);
        await using EmbeddedSessionStore reopened = await TestStore.OpenAsync(_directory.Path);
        AssertAbsent(session);
        Assert.Null(await reopened.LoadAsync(session, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_WhoseErasureFailed_IsASuccessWhenRepeated(bool isErasedMeanwhile)
    {
        var session = new SessionKey("env", "planted-to-be-deleted-again");
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(Sample.Creation(RowOf(session)), default);
        }

        string file = Directory.GetFiles(_directory.Path, "journal-*").Single();
        bool isBroken = true;
        await using EmbeddedSessionStore reopened = await EmbeddedSessionStore.OpenAsync(
            _directory.Path,
            TestStore.Quiet,
            logger: null,
            (operation, path, bytes) =>
            {
                if (Volatile.Read(ref isBroken) && operation == DiskOperation.Write && path == file && bytes == TestStore.Quiet.SegmentBytes)
                {
                    throw new IOException("The disk refuses.", 5);
                }
            },
            CancellationToken.None);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await reopened.DeleteAsync(session, default));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await reopened.DeleteAsync(session, default));

        Volatile.Write(ref isBroken, false);
        if (isErasedMeanwhile)
        {
            await Eventually.TrueAsync(() => Task.FromResult(!Holds(session.Key)), "the end of the erasure");
        }

        Assert.True(await reopened.DeleteAsync(session, default));
        Assert.False(Holds(session.Key));
        Assert.False(await reopened.DeleteAsync(session, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_WhoseErasureFailed_IsFinishedWithoutBeingAskedAgain(bool isFlushedMeanwhile)
    {
        var session = new SessionKey("env", "planted-for-a-bad-disk");
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(Sample.Creation(RowOf(session)), default);
        }

        // A file that was there before the start is not known to be clean, so it is given up and erased as a whole.
        string? broken = Directory.GetFiles(_directory.Path, "journal-*").Single();
        await using EmbeddedSessionStore reopened = await EmbeddedSessionStore.OpenAsync(
            _directory.Path,
            TestStore.Quiet,
            logger: null,
            (operation, path, bytes) =>
            {
                if (operation == DiskOperation.Write && path == broken && bytes == TestStore.Quiet.SegmentBytes)
                {
                    broken = null;
                    throw new IOException("The disk refuses.", 5);
                }
            },
            CancellationToken.None);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await reopened.DeleteAsync(session, default));
        AssertPresent(session);
        if (isFlushedMeanwhile)
        {
            await reopened.CheckpointAsync();
        }

        await Eventually.TrueAsync(() => Task.FromResult(!Holds(session.Key)), "the end of the erasure");
    }

    /// <summary>What a reader is about to read moves to the database and is erased together with what the deleted session had beside it.</summary>
    [Fact]
    public async Task Delete_WhileAnotherSessionIsRead_HarmsNoReader()
    {
        var deleted = new SessionKey("env", "deleted");
        var read = new SessionKey("env", "read");
        EmbeddedSessionStore? store = null;
        var deletes = new AsyncLocal<bool>();
        store = await EmbeddedSessionStore.OpenAsync(
            _directory.Path,
            TestStore.Quiet,
            logger: null,
            (operation, _, _) =>
            {
                if (operation == DiskOperation.Read && deletes.Value)
                {
                    deletes.Value = false;
                    Assert.True(store!.DeleteAsync(deleted, CancellationToken.None).AsTask().GetAwaiter().GetResult());
                }
            },
            CancellationToken.None);
        await using (store)
        {
            await store.CommitAsync(Sample.Creation(RowOf(deleted)), default);
            await store.CommitAsync(Sample.Creation(RowOf(read)), default);
            RecordBatch batch = Sample.Batch(0, 3);
            await store.CommitAsync(Sample.Append(StreamId.Out(read), batch), default);

            deletes.Value = true;
            RecordBatch? found = await store.ReadAsync(StreamId.Out(read), Cursor.Start, 1 << 20, default);

            Assert.Equal(batch.Records, found!.Records);
            Assert.Null(await store.LoadAsync(deleted, default));
        }
    }

    /// <summary>Whoever reads the database just before it hears of a deletion must not answer just after it.</summary>
    [Fact]
    public async Task ADeletedSession_IsGoneForGood_WhileTheDatabaseHearsOfIt()
    {
        EmbeddedStoreOptions options = TestStore.Quiet;
        options.CachedSessions = 0;
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path, options);
        for (int i = 0; i < 20; i++)
        {
            var session = new SessionKey("env", $"deleted-{i}");
            SessionRow row = RowOf(session);
            await store.CommitAsync(Sample.Creation(row) with { Runs = [Sample.Run(session, $"run_{i}", 1)] }, default);
            await store.CheckpointAsync();
            Assert.True(await store.CommitDeletionAsync(session));
            Task purge = store.CheckpointAsync();
            Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (!purge.IsCompleted)
                {
                    Assert.Null(await store.LoadAsync(session, default));
                    Assert.Null(await store.FindKeyAsync("env", row.Id, default));
                    Assert.Null(await store.FindRunAsync("env", $"run_{i}", default));
                }
            }))];
            await purge;
            await Task.WhenAll(readers);
        }
    }

    private static SessionRow RowOf(SessionKey session) => Sample.Row(session) with
    {
        Agent = session.Key,
        Tags = [session.Key],
        Metadata = $$"""{"userId":"{{session.Key}}"}""",
    };

    private static async Task ChangeAsync(EmbeddedSessionStore store, SessionKey session, Random random)
    {
        if (await store.LoadAsync(session, default) is not { } head)
        {
            return;
        }

        string text = session.Key + new string((char)('a' + random.Next(26)), random.Next(300));
        await store.CommitAsync(
            new SessionCommit
            {
                Session = session,
                ExpectedVersion = head.Version,
                Row = random.Next(4) == 0 ? RowOf(session) with { ClosedReason = text } : null,
                Appends = [new(StreamId.Out(session), Sample.Batch(head.Out.Tail.Value, 1, text))],
                TrimOutBefore = random.Next(3) == 0 ? head.Out.Tail : null,
                Transcript = new() { Puts = [Sample.Message($"{session.Key}-{random.Next(5)}", text)], State = $"\"{text}\"" },
                Runs = [Sample.Run(session, $"run_{session.Key}_{random.Next(3)}", 1) with { Error = text }],
                States = [new(new StateKey("env", "documents", session.Key + random.Next(2)), Encoding.UTF8.GetBytes(text), session)],
            },
            default);
    }

    private void AssertPresent(SessionKey session) => Assert.True(Holds(session.Key));

    private void AssertAbsent(SessionKey session)
    {
        foreach (string file in Directory.GetFiles(_directory.Path).Where(file => Path.GetFileName(file) != "lock"))
        {
            int place = Read(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(session.Key));
            Assert.True(place < 0, $"{session.Key} is in {file} at {place}.");
        }
    }

    private bool Holds(string token) => Directory.GetFiles(_directory.Path).Where(file => Path.GetFileName(file) != "lock")
        .Any(file => Read(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(token)) >= 0);

    private static byte[] Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[file.Length];
            file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            // The store gave a segment back since the directory was listed.
            return [];
        }
    }
}
