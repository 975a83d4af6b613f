using System.Text;

namespace AgentSessions.Embedded.Sqlite;

/// <summary>The table <c>usage</c>: how many bytes each environment has in the other tables.</summary>
/// <remarks>
/// Triggers keep it, so that no statement can forget to. They are made when somebody first asks, because whoever bounds nothing should not
/// pay for counting; from then on they belong to the database.
/// </remarks>
internal static class UsageRows
{
    /// <summary>Tables whose bodies are counted, and where a row's environment is found.</summary>
    private static readonly (string Table, string Environment)[] _counted =
    [
        ("sessions", "{0}.environment"),
        ("chunks", OfSession),
        ("messages", OfSession),
        ("transcripts", OfSession),
        ("states", "{0}.environment"),
    ];

    private const string OfSession = "(SELECT environment FROM sessions WHERE number = {0}.session)";

    /// <summary>Counts what there is, and every change from then on. Does nothing where that was done.</summary>
    public static void Begin(SqliteDatabase database)
    {
        if (database.Scalar("SELECT count(*) FROM sqlite_master WHERE name = 'usage'") == 0)
        {
            database.Transact(() => database.ExecuteScript(Script()));
        }
    }

    /// <summary>How many bytes an environment has.</summary>
    public static long Read(SqliteDatabase database, string environment)
    {
        using SqliteStatement usage = database.Use("SELECT bytes FROM usage WHERE environment = ?");
        return usage.Bind(environment).Step() ? usage.Number(0) : 0;
    }

    private static string Script()
    {
        var script = new StringBuilder("CREATE TABLE usage (environment TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;");
        foreach ((string table, string environment) in _counted)
        {
            string added = Change(environment, "NEW", "length(NEW.body)");
            string removed = Change(environment, "OLD", "-length(OLD.body)");
            script.Append($"INSERT INTO usage SELECT {string.Format(environment, "r")}, sum(length(r.body)) FROM {table} r WHERE true GROUP BY 1 ")
                .Append("ON CONFLICT (environment) DO UPDATE SET bytes = bytes + excluded.bytes;")
                .Append($"CREATE TRIGGER usage_{table}_insert AFTER INSERT ON {table} BEGIN {added} END;")
                .Append($"CREATE TRIGGER usage_{table}_update AFTER UPDATE ON {table} BEGIN {removed} {added} END;")
                .Append($"CREATE TRIGGER usage_{table}_delete AFTER DELETE ON {table} BEGIN {removed} END;");
        }

        return script.ToString();
    }

    private static string Change(string environment, string row, string bytes) =>
        $"INSERT INTO usage VALUES ({string.Format(environment, row)}, {bytes}) ON CONFLICT (environment) DO UPDATE SET bytes = bytes + excluded.bytes;";
}
