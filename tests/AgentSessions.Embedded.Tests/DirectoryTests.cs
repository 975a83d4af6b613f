using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Embedded.Files;
using AgentSessions.Embedded.Sqlite;

namespace AgentSessions.Embedded.Tests;

public sealed class DirectoryTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Open_WhenAnotherStoreHasTheDirectory_Refuses()
    {
        await using (await TestStore.OpenAsync(_directory.Path))
        {
            StoreInUseException exception = await Assert.ThrowsAsync<StoreInUseException>(() => TestStore.OpenAsync(_directory.Path));
            Assert.Contains(_directory.Path, exception.Message);
        }

        await using EmbeddedSessionStore again = await TestStore.OpenAsync(_directory.Path);
        Assert.Equal(_directory.Path, again.Directory);
    }

    /// <summary>Told from a lock that another process holds: nobody is to look for that process.</summary>
    [Theory]
    [InlineData(28, true, "No room is left")]
    [InlineData(5, false, "cannot be made or locked: the disk says so")]
    public async Task Open_WhenTheDiskRefusesTheLock_SaysWhy(int error, bool isFull, string reason)
    {
        DiskProbe refuse = (operation, path, _) =>
        {
            if (operation == DiskOperation.Create && Path.GetFileName(path) == "lock")
            {
                throw new IOException("the disk says so", error);
            }
        };
        StoreUnavailableException failure = await Assert.ThrowsAsync<StoreUnavailableException>(
            () => EmbeddedSessionStore.OpenAsync(_directory.Path, TestStore.Quiet, logger: null, refuse, default));
        Assert.Equal(isFull, failure.IsFull);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Path, failure.Message, StringComparison.Ordinal);
        await (await TestStore.OpenAsync(_directory.Path)).DisposeAsync();
    }

    [Fact]
    public async Task Open_WhereNoDirectoryCanBe_SaysWhy()
    {
        Directory.CreateDirectory(_directory.Path);
        string file = Path.Combine(_directory.Path, "file");
        await File.WriteAllTextAsync(file, "");
        foreach (string path in new[] { file, Path.Combine(file, "data") })
        {
            StoreUnavailableException failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => TestStore.OpenAsync(path));
            Assert.Contains($"The data directory {path} cannot be made or locked: ", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Files_AreForTheirOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        await store.CheckpointAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory.Path));
        foreach (string file in Directory.GetFiles(_directory.Path))
        {
            Assert.Equal((file, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file, File.GetUnixFileMode(file)));
        }
    }

    [Fact]
    public async Task Open_OfANewerSchema_RefusesAndNamesBoth()
    {
        await (await TestStore.OpenAsync(_directory.Path)).DisposeAsync();
        Execute("PRAGMA user_version = 99");
        StoreVersionException exception = await Assert.ThrowsAsync<StoreVersionException>(() => TestStore.OpenAsync(_directory.Path));
        Assert.Contains("99", exception.Message);
    }

    [Fact]
    public async Task Open_OfAnotherProgramsDatabase_Refuses()
    {
        Directory.CreateDirectory(_directory.Path);
        Execute("CREATE TABLE something (else_)");
        await Assert.ThrowsAsync<StoreDamagedException>(() => TestStore.OpenAsync(_directory.Path));
    }

    [Theory]
    [InlineData(DatabaseLoss.Removed, false)]
    [InlineData(DatabaseLoss.Removed, true)]
    [InlineData(DatabaseLoss.Truncated, true)]
    [InlineData(DatabaseLoss.WithoutItsLog, false)]
    public async Task Open_WhenTheDatabaseIsGone_RefusesRatherThanStartEmpty(DatabaseLoss loss, bool deletes)
    {
        using var crashed = new TestDirectory();
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(Conformance.Sample.Creation(Conformance.Sample.Row(new("env", "chat"))), default);
            if (deletes)
            {
                // Leaves zeros where the journal began.
                await store.CommitAsync(Conformance.Sample.Creation(Conformance.Sample.Row(new("env", "deleted"))), default);
                Assert.True(await store.DeleteAsync(new("env", "deleted"), default));
            }

            StoreFiles.Copy(_directory.Path, crashed.Path);
        }

        Lose(Path.Combine(crashed.Path, "sessions.db"), loss);
        Dictionary<string, string> before = Contents(crashed.Path);
        await Assert.ThrowsAsync<StoreDamagedException>(() => TestStore.OpenAsync(crashed.Path));
        await Assert.ThrowsAsync<StoreDamagedException>(() => TestStore.OpenAsync(crashed.Path));
        Assert.Equal(before, Contents(crashed.Path));
    }

    [Fact]
    public async Task Open_AfterACrashWithinTheFirstStart_MakesTheStore()
    {
        await (await TestStore.OpenAsync(_directory.Path)).DisposeAsync();

        // The journal's first file is made before the database hears of it.
        Execute("DELETE FROM journal");
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        Assert.Null(await store.LoadAsync(new("env", "chat"), default));
    }

    /// <summary>Without it another program that opens the database takes itself for the only one, and removes the write-ahead log when it leaves.</summary>
    [Fact]
    public async Task SqlitesLock_OutlivesTheErasingOfPages()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path);
        SessionKey session = new("env", "chat");
        await store.CommitAsync(Conformance.Sample.Creation(Conformance.Sample.Row(session)), default);
        await store.CheckpointAsync();
        Assert.True(await store.DeleteAsync(session, default));
        string database = Path.Combine(_directory.Path, "sessions.db");
        Assert.Contains(
            Directory.GetFiles("/proc/self/fd").Where(file => new FileInfo(file).LinkTarget == database),
            static file => File.ReadAllText($"/proc/self/fdinfo/{Path.GetFileName(file)}").Contains("POSIX  ADVISORY  READ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task IdleStore_KeepsNothingInMemoryAndLittleOnDisk()
    {
        EmbeddedStoreOptions options = TestStore.Quiet;
        options.CachedSessions = 100;
        await using EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path, options);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i =>
            store.CommitAsync(Conformance.Sample.Creation(Conformance.Sample.Row(new("env", $"chat{i}"))), default).AsTask()));
        Assert.Equal(1000, store.HotSessions);
        await store.CheckpointAsync();
        Assert.Equal(0, store.HotSessions);
        for (int i = 0; i < 1000; i++)
        {
            Assert.NotNull(await store.LoadAsync(new("env", $"chat{i}"), default));
        }

        Assert.InRange(store.HotSessions, 1, 200);
        Assert.InRange(Directory.GetFiles(_directory.Path, "journal-*").Length, 1, 2);
    }

    [Fact]
    public void Sqlite_IsTheSystemsWhereThereIsOne()
    {
        Assert.Matches(@"^3\.\d+\.\d+$", EmbeddedSessionStore.SqliteVersion);
        if (File.Exists("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"))
        {
            Assert.NotEqual("3.35.5", EmbeddedSessionStore.SqliteVersion);
        }
    }

    /// <summary>How a database file is lost.</summary>
    public enum DatabaseLoss
    {
        Removed,
        Truncated,

        /// <summary>The file is as SQLite made it; all tables were in the write-ahead log beside it.</summary>
        WithoutItsLog,
    }

    private static void Lose(string database, DatabaseLoss loss)
    {
        switch (loss)
        {
            case DatabaseLoss.Removed:
                File.Delete(database);
                break;
            case DatabaseLoss.Truncated:
                File.WriteAllBytes(database, []);
                break;
            default:
                File.Delete(database + "-wal");
                File.Delete(database + "-shm");
                break;
        }
    }

    /// <summary>The journal's files and SQLite's log, as text to compare.</summary>
    private static Dictionary<string, string> Contents(string directory) => Directory.GetFiles(directory)
        .Where(static path => Path.GetFileName(path).StartsWith("journal-", StringComparison.Ordinal)
            || (path.EndsWith("-wal", StringComparison.Ordinal) && new FileInfo(path).Length > 0))
        .ToDictionary(static path => path, static path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))));

    private void Execute(string sql)
    {
        using var database = SqliteDatabase.Open(Path.Combine(_directory.Path, "sessions.db"), isWriter: true);
        database.ExecuteScript(sql);
    }
}
