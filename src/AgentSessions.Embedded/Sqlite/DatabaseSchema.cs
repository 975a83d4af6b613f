using AgentSessions.Core.Storage;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The database's tables and how older ones become these.</summary>
/// <remarks>
/// Columns are what is searched by; everything else of a row is in <c>body</c>, a checked value. A session is known by its number everywhere
/// but in its own row.
/// </remarks>
internal static class DatabaseSchema
{
    /// <summary>"AgSe", so that tools can tell the file from others.</summary>
    private const int ApplicationId = 0x41675365;

    /// <summary>Each brings the schema from its index to the next version. Only ever added to.</summary>
    private static readonly string[] _migrations =
    [
        """
        CREATE TABLE sessions (
            number INTEGER PRIMARY KEY,
            environment TEXT NOT NULL,
            key TEXT NOT NULL,
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            agent TEXT NOT NULL,
            tags TEXT,
            user_id TEXT,
            created_at INTEGER NOT NULL,
            closed_at INTEGER,
            expires_at INTEGER,
            is_live INTEGER NOT NULL,
            body BLOB NOT NULL);
        CREATE UNIQUE INDEX sessions_key ON sessions (environment, key);
        CREATE INDEX sessions_id ON sessions (id, environment);
        CREATE INDEX sessions_newest ON sessions (environment, created_at, id);
        CREATE INDEX sessions_of_user ON sessions (environment, user_id, created_at, id) WHERE user_id IS NOT NULL;
        CREATE INDEX sessions_live ON sessions (environment, key) WHERE is_live = 1;
        CREATE INDEX sessions_expiring ON sessions (expires_at) WHERE expires_at IS NOT NULL AND closed_at IS NULL;

        CREATE TABLE heads (session INTEGER PRIMARY KEY, body BLOB NOT NULL);

        CREATE TABLE channels (session INTEGER NOT NULL, stream TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (session, stream)) WITHOUT ROWID;

        CREATE TABLE chunks (
            session INTEGER NOT NULL,
            stream TEXT NOT NULL,
            first INTEGER NOT NULL,
            count INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (session, stream, first)) WITHOUT ROWID;

        CREATE TABLE transcripts (session INTEGER PRIMARY KEY, body BLOB NOT NULL);

        CREATE TABLE messages (
            session INTEGER NOT NULL,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (session, position)) WITHOUT ROWID;
        CREATE UNIQUE INDEX messages_id ON messages (session, id);

        CREATE TABLE runs (
            environment TEXT NOT NULL,
            id TEXT NOT NULL,
            session INTEGER NOT NULL,
            number INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (environment, id)) WITHOUT ROWID;
        CREATE INDEX runs_session ON runs (session, number);

        CREATE TABLE states (
            number INTEGER PRIMARY KEY,
            environment TEXT NOT NULL,
            space TEXT NOT NULL,
            name TEXT NOT NULL,
            owner_environment TEXT,
            owner_key TEXT,
            body BLOB NOT NULL);
        CREATE UNIQUE INDEX states_name ON states (environment, space, name);
        CREATE INDEX states_owner ON states (owner_environment, owner_key) WHERE owner_key IS NOT NULL;

        CREATE TABLE journal (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);
        """,
    ];

    /// <summary>Whether the database has no tables: nothing was ever stored in it.</summary>
    public static bool IsMissing(SqliteDatabase database) => database.Scalar("SELECT count(*) FROM sqlite_master") == 0;

    /// <summary>Brings the database to the newest version.</summary>
    /// <exception cref="StoreVersionException">It has a newer one.</exception>
    /// <exception cref="StoreDamagedException">The file is another program's.</exception>
    public static void Migrate(SqliteDatabase database)
    {
        long version = database.Scalar("PRAGMA user_version");
        long application = database.Scalar("PRAGMA application_id");
        if (version > _migrations.Length)
        {
            throw new StoreVersionException(version, _migrations.Length);
        }

        if (application != ApplicationId && (application != 0 || version != 0 || !IsMissing(database)))
        {
            throw new StoreDamagedException("The database file belongs to another program.");
        }

        for (; version < _migrations.Length; version++)
        {
            string script = $"{_migrations[version]}; PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {version + 1}";
            database.Transact(() => database.ExecuteScript(script));
        }
    }

    /// <summary>Compares the tables with those that a new database would have.</summary>
    /// <exception cref="StoreDamagedException">They differ.</exception>
    public static void Check(SqliteDatabase database)
    {
        using var fresh = SqliteDatabase.OpenInMemory();
        Array.ForEach(_migrations, fresh.ExecuteScript);
        if (TextOf(database) != TextOf(fresh))
        {
            throw new StoreDamagedException("The tables of the store's database are not as this program made them. Restore the store from a backup.");
        }
    }

    private static string TextOf(SqliteDatabase database)
    {
        using SqliteStatement schema = database.Once("SELECT group_concat(type || name || tbl_name || coalesce(sql, ''), ';') FROM (SELECT * FROM sqlite_master WHERE name NOT GLOB 'usage*' ORDER BY name)");
        schema.Step();
        return schema.Text(0);
    }
}
