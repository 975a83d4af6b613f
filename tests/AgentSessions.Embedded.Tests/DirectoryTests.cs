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

    [Fact]
    public async Task Open_WhenTheDatabaseIsGone_RefusesRatherThanStartEmpty()
    {
        await using (EmbeddedSessionStore store = await TestStore.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(Conformance.Sample.Creation(Conformance.Sample.Row(new("env", "chat"))), default);
        }

        File.Delete(Path.Combine(_directory.Path, "sessions.db"));
        await Assert.ThrowsAsync<StoreDamagedException>(() => TestStore.OpenAsync(_directory.Path));
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

    private void Execute(string sql)
    {
        using var database = SqliteDatabase.Open(Path.Combine(_directory.Path, "sessions.db"), isWriter: true);
        database.ExecuteScript(sql);
    }
}
