using AgentSessions.Core.Storage;
using SQLitePCL;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>One connection, used by one thread at a time.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    private const int BusyMilliseconds = 10_000;

    /// <summary>
    /// A checkpoint touches some ten pages of each session that was busy; with SQLite's 2 MiB most of them are written to the log early and read
    /// back. The pages are given back whenever the log is moved.
    /// </summary>
    private const int WriterCacheKiB = 32 << 10;

    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.</summary>
    private const int NoCheckpointOnClose = 1006;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE.</summary>
    private const int CacheWritesStatus = 9;

    private readonly sqlite3 _database;
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    private SqliteDatabase(sqlite3 database) => _database = database;

    /// <summary>Opens the file, sets what our promises need and reads it back: a setting of a connection is easily lost.</summary>
    /// <param name="path">The file; a writer makes it.</param>
    /// <param name="isWriter">Whether this connection writes.</param>
    public static SqliteDatabase Open(string path, bool isWriter)
    {
        _ = SystemSqlite.Version;
        int flags = raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_READWRITE | (isWriter ? raw.SQLITE_OPEN_CREATE : 0);
        int result = raw.sqlite3_open_v2(path, out sqlite3 handle, flags, null);
        var database = new SqliteDatabase(handle);
        try
        {
            SqliteFailure.Check(handle, result);
            SqliteFailure.Check(handle, raw.sqlite3_extended_result_codes(handle, 1));
            SqliteFailure.Check(handle, raw.sqlite3_busy_timeout(handle, BusyMilliseconds));
            if (isWriter)
            {
                database.Set("journal_mode", "wal", "wal");
                database.Set("secure_delete", "on", "1");
                database.Set("cache_size", $"-{WriterCacheKiB}", $"-{WriterCacheKiB}");
            }
            else
            {
                database.Set("query_only", "on", "1");
            }

            // The write-ahead log is moved by us: see WriteAheadLog.
            database.Set("wal_autocheckpoint", "0", "0");
            SqliteFailure.Check(handle, raw.sqlite3_db_config(handle, NoCheckpointOnClose, 1, out _));
            database.Set("temp_store", "memory", "2");
            database.Set("synchronous", "full", "2");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A database that is gone when it is disposed.</summary>
    public static SqliteDatabase OpenInMemory()
    {
        _ = SystemSqlite.Version;
        int result = raw.sqlite3_open_v2(":memory:", out sqlite3 handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, null);
        SqliteFailure.Check(handle, result);
        return new SqliteDatabase(handle);
    }

    /// <summary>A statement that is prepared once for this connection.</summary>
    public SqliteStatement Use(string sql)
    {
        if (!_statements.TryGetValue(sql, out SqliteStatement? statement))
        {
            _statements.Add(sql, statement = new SqliteStatement(_database, sql, isKept: true));
        }

        return statement;
    }

    /// <summary>A statement whose text is made for one use.</summary>
    public SqliteStatement Once(string sql) => new(_database, sql, isKept: false);

    /// <summary>The size of the file's pages, in bytes.</summary>
    public int PageSize => (int)Scalar("PRAGMA page_size");

    /// <summary>How many pages this connection has written to the write-ahead log since <see cref="ForgetPagesWritten"/>.</summary>
    public long PagesWritten => ReadPagesWritten(reset: false);

    public void ForgetPagesWritten() => ReadPagesWritten(reset: true);

    /// <summary>Begins a copy into a new or empty file.</summary>
    public DatabaseCopy BeginCopy(string path) => new(_database, path);

    public void Execute(string sql)
    {
        using SqliteStatement statement = Once(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>Runs statements divided by semicolons.</summary>
    public void ExecuteScript(string script) => SqliteFailure.Check(_database, raw.sqlite3_exec(_database, script));

    public long Scalar(string sql)
    {
        using SqliteStatement statement = Once(sql);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>Does work in one transaction that either is durable when this returns or never happened.</summary>
    public void Transact(Action work)
    {
        Use("BEGIN IMMEDIATE").Run();
        try
        {
            work();
            Use("COMMIT").Run();
        }
        catch
        {
            // Some failures have rolled back already.
            if (raw.sqlite3_get_autocommit(_database) == 0)
            {
                Use("ROLLBACK").Run();
            }

            throw;
        }
    }

    /// <summary>Does reads that see one state of the database.</summary>
    public T Snapshot<T>(Func<SqliteDatabase, T> read)
    {
        Use("BEGIN").Run();
        try
        {
            return read(this);
        }
        finally
        {
            if (raw.sqlite3_get_autocommit(_database) == 0)
            {
                Use("COMMIT").Run();
            }
        }
    }

    /// <summary>Checks the file's structure and indexes.</summary>
    /// <exception cref="StoreDamagedException">Something is wrong with them.</exception>
    public void CheckIntegrity()
    {
        using SqliteStatement check = Once("PRAGMA integrity_check(1)");
        string answer = check.Step() ? check.Text(0) : "no answer";
        if (answer != "ok")
        {
            throw new StoreDamagedException($"The store's database is damaged: {answer}. Restore the store from a backup.");
        }
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements.Values)
        {
            statement.Close();
        }

        _database.Dispose();
    }

    private int ReadPagesWritten(bool reset)
    {
        SqliteFailure.Check(_database, raw.sqlite3_db_status(_database, CacheWritesStatus, out int pages, out _, reset ? 1 : 0));
        return pages;
    }

    private void Set(string name, string value, string expected)
    {
        Execute($"PRAGMA {name} = {value}");
        using SqliteStatement statement = Once($"PRAGMA {name}");
        string actual = statement.Step() ? statement.Text(0) : "nothing";
        if (actual != expected)
        {
            throw new InvalidOperationException($"SQLite did not take {name} = {value}: it says {actual}.");
        }
    }
}
