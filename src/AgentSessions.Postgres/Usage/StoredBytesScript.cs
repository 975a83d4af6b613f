using System.Text;

namespace AgentSessions.Postgres.Usage;

/// <summary>Makes the table of counts, and the triggers that keep it.</summary>
/// <remarks>
/// Triggers, so that no statement of any version of this program can forget to count; made when a limit is first asked about, because whoever
/// bounds nothing should not pay for it. They run once for each statement. Each connection adds to rows of its own, so that writers
/// do not wait for each other.
/// </remarks>
internal static class StoredBytesScript
{
    /// <summary>Lets one process begin at a time. The number is "AgntByte" as bytes.</summary>
    public const string Lock = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(4712108519364129893)";

    private const string Table = """
        CREATE TABLE agent_sessions.stored_bytes (
            environment text COLLATE "C" NOT NULL,
            slot        integer NOT NULL,
            bytes       bigint NOT NULL,
            PRIMARY KEY (environment, slot)
        ) WITH (fillfactor = 50);
        """;

    // Records first, as every commit and deletion does: whoever got past them here finishes.
    private const string LockTables = """
        LOCK TABLE agent_sessions.records IN SHARE ROW EXCLUSIVE MODE;
        LOCK TABLE agent_sessions.sessions, agent_sessions.messages, agent_sessions.transcripts, agent_sessions.states IN SHARE ROW EXCLUSIVE MODE;
        """;

    private static readonly (string Table, bool IsOfSession, string Bytes)[] _counted =
    [
        ("records", true, "octet_length(r.data)"),
        ("sessions", false, "octet_length(r.trigger_config) + coalesce(octet_length(r.metadata), 0)"),
        ("messages", true, "octet_length(r.json)"),
        ("transcripts", true, "coalesce(octet_length(r.state), 0)"),
        ("states", false, "octet_length(r.value)"),
    ];

    /// <summary>The script, for one transaction.</summary>
    public static string Text { get; } = Write();

    private static string Write()
    {
        var script = new StringBuilder(Table).Append(LockTables);
        foreach ((string table, bool isOfSession, string bytes) in _counted)
        {
            string Rows(string source, string sign) => isOfSession
                ? $"SELECT h.environment, {sign}({bytes}) AS bytes FROM {source} r JOIN agent_sessions.heads h ON h.id = r.session"
                : $"SELECT r.environment, {sign}({bytes}) AS bytes FROM {source} r";

            string added = Rows("added", ""), removed = Rows("removed", "-");
            script.Append(Add(Rows($"agent_sessions.{table}", ""), "0")).Append(';');
            AddTrigger(script, table, "insert", "NEW TABLE AS added", added);
            AddTrigger(script, table, "update", "OLD TABLE AS removed NEW TABLE AS added", $"{removed} UNION ALL {added}");
            AddTrigger(script, table, "delete", "OLD TABLE AS removed", removed);
        }

        return script.ToString();
    }

    private static void AddTrigger(StringBuilder script, string table, string change, string referencing, string rows) => script.Append($"""
        CREATE FUNCTION agent_sessions.count_{table}_{change}() RETURNS trigger LANGUAGE plpgsql AS $count$
        BEGIN
            {Add(rows, "pg_backend_pid() % 1024")};
            RETURN NULL;
        END $count$;
        CREATE TRIGGER count_{change} AFTER {change} ON agent_sessions.{table} REFERENCING {referencing}
            FOR EACH STATEMENT EXECUTE FUNCTION agent_sessions.count_{table}_{change}();
        """);

    private static string Add(string rows, string slot) => $"""
        INSERT INTO agent_sessions.stored_bytes AS s (environment, slot, bytes)
        SELECT c.environment, {slot}, sum(c.bytes) FROM ({rows}) AS c GROUP BY c.environment HAVING sum(c.bytes) <> 0 ORDER BY c.environment
        ON CONFLICT (environment, slot) DO UPDATE SET bytes = s.bytes + excluded.bytes
        """;
}
