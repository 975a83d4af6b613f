using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>The statements on side channels. Their tails are rows of their own, guarded by the lock on the session's head.</summary>
internal static class ChannelStatements
{
    // All heads of the group, in the order in which the move takes them too.
    private const string Lock = """
        SELECT count(*) FROM (
            SELECT FROM unnest($1, $2) AS c (environment, key)
            JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key
            ORDER BY h.environment, h.key FOR UPDATE OF h
        ) AS locked
        """;

    private const string RefuseMovedTail = """
        UPDATE agent_sessions.heads h SET mark = -$1
        FROM unnest($2, $3, $4, $5, $6) AS c (environment, key, channel, direction, first)
        WHERE h.environment = c.environment AND h.key = c.key AND c.first <> coalesce((
            SELECT s.tail FROM agent_sessions.channels s
            WHERE s.session = h.id AND s.channel = c.channel AND s.direction = c.direction), 0)
        """;

    private const string Make = """
        INSERT INTO agent_sessions.channels (session, channel, direction, stream)
        SELECT h.id, c.channel, c.direction,
            coalesce((SELECT max(s.stream) FROM agent_sessions.channels s WHERE s.session = h.id), 1)
                + row_number() OVER (PARTITION BY h.id ORDER BY c.channel, c.direction)
        FROM unnest($2, $3, $4, $5) AS c (environment, key, channel, direction)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ON CONFLICT DO NOTHING
        """;

    private const string Append = """
        WITH appended AS (
            UPDATE agent_sessions.channels s SET tail = c.first + c.count, time = c.time
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS c (environment, key, channel, direction, first, count, time, crc, data)
            JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
            WHERE s.session = h.id AND s.channel = c.channel AND s.direction = c.direction
            RETURNING s.session, s.stream, c.first, c.count, c.time, c.crc, c.data
        )
        INSERT INTO agent_sessions.records (session, stream, first, count, time, crc, data) SELECT * FROM appended
        """;

    /// <summary>Marks the heads whose side channels moved, so that the move passes them over. True if a result comes first.</summary>
    public static bool AddChecks(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        SideAppend[] appends = All(commits);
        if (appends.Length == 0)
        {
            return false;
        }

        var locked = new NpgsqlBatchCommand(Lock);
        locked.AddKeys(commits);
        batch.BatchCommands.Add(locked);

        NpgsqlBatchCommand refuse = Begin(RefuseMovedTail, appends, mark);
        refuse.AddColumn(appends, Db.Bigint, static append => append.Batch.First);
        batch.BatchCommands.Add(refuse);
        return true;
    }

    /// <summary>Appends to the side channels of the sessions that were moved.</summary>
    public static void AddAppends(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        SideAppend[] appends = All(commits);
        if (appends.Length == 0)
        {
            return;
        }

        batch.BatchCommands.Add(Begin(Make, appends, mark));
        NpgsqlBatchCommand append = Begin(Append, appends, mark);
        append.AddColumn(appends, Db.Bigint, static append => append.Batch.First);
        append.AddColumn(appends, Db.Integer, static append => append.Batch.Count);
        append.AddColumn(appends, Db.Bigint, static append => append.Batch.Time);
        append.AddColumn(appends, Db.Integer, static append => append.Batch.Crc);
        append.AddColumn(appends, Db.Bytea, static append => append.Batch.Data);
        batch.BatchCommands.Add(append);
    }

    private static SideAppend[] All(IReadOnlyList<PendingCommit> commits) => [.. commits.SelectMany(commit => commit.SideAppends)];

    private static NpgsqlBatchCommand Begin(string sql, SideAppend[] appends, long mark)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.AddValue(mark);
        command.AddColumn(appends, Db.Text, static append => append.Owner.Environment);
        command.AddColumn(appends, Db.Text, static append => append.Owner.Key);
        command.AddColumn(appends, Db.Text, static append => append.Channel);
        command.AddColumn(appends, Db.Smallint, static append => append.Direction);
        return command;
    }
}
