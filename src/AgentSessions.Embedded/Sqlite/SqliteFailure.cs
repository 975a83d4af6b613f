using AgentSessions.Core.Storage;
using SQLitePCL;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>Turns SQLite's result codes into the exceptions that callers of the store know.</summary>
internal static class SqliteFailure
{
    public static void Check(sqlite3 database, int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw Of(database, result);
        }
    }

    public static Exception Of(sqlite3? database, int result)
    {
        string text = database is null ? $"error {result}" : $"{raw.sqlite3_errmsg(database).utf8_to_string()} (error {result})";
        return (result & 0xFF) switch
        {
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StoreDamagedException($"The store's database is damaged: {text}."),
            raw.SQLITE_FULL => new StoreUnavailableException($"The store's database has no room: {text}.") { IsFull = true },
            raw.SQLITE_IOERR or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_NOMEM =>
                new StoreUnavailableException($"The store's database is not available: {text}."),
            _ => new InvalidOperationException($"The store's database refused a statement: {text}."),
        };
    }
}
