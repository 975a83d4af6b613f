using SQLitePCL;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Copies a database into a new file in steps, between which its connection goes on writing.</summary>
/// <remarks>
/// SQLite brings what the connection writes to pages that are copied already to the copy too, so a whole copy is the database as it is after the
/// last step. That is so because no other connection writes; one that did would make every step begin anew. Used by the connection's thread.
/// </remarks>
internal sealed class DatabaseCopy : IDisposable
{
    private readonly sqlite3 _target;
    private readonly sqlite3_backup _backup;

    /// <param name="source">The connection.</param>
    /// <param name="path">The copy. It is not flushed: whoever wants it does that.</param>
    public DatabaseCopy(sqlite3 source, string path)
    {
        int result = raw.sqlite3_open_v2(path, out _target, raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, null);
        try
        {
            SqliteFailure.Check(_target, result);
            SqliteFailure.Check(_target, raw.sqlite3_exec(_target, "PRAGMA journal_mode = off; PRAGMA synchronous = off"));
            _backup = raw.sqlite3_backup_init(_target, "main", source, "main");
            if (_backup.IsInvalid)
            {
                throw SqliteFailure.Of(_target, raw.sqlite3_errcode(_target));
            }
        }
        catch
        {
            _target.Dispose();
            throw;
        }
    }

    /// <summary>Copies some more pages.</summary>
    /// <returns>Whether the copy is whole.</returns>
    public bool Step(int pages)
    {
        int result = raw.sqlite3_backup_step(_backup, pages);
        SqliteFailure.Check(_target, result);
        return result == raw.SQLITE_DONE;
    }

    public void Dispose()
    {
        // The result repeats that of the last step, which was thrown already.
        _ = raw.sqlite3_backup_finish(_backup);
        _target.Dispose();
    }
}
