using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>The statements on heads and the records of a session's own streams: the heart of a commit.</summary>
internal static class HeadStatements
{
    private const string Missing = """
        INSERT INTO agent_sessions.heads (environment, key)
        SELECT c.environment, c.key FROM unnest($1, $2) AS c (environment, key)
        WHERE NOT EXISTS (SELECT FROM agent_sessions.heads h WHERE h.environment = c.environment AND h.key = c.key)
        ON CONFLICT DO NOTHING
        """;

    // A head of version 0 is one without a session: only the commit that brings the row matches it, and its expected version is 0 then.
    // A concurrent change of the same head makes this wait, and then its conditions are judged again on what the other left. So every
    // condition must be on the head's own columns and the commit's, never in a subquery.
    private const string Move = """
        WITH applied AS (
            UPDATE agent_sessions.heads h SET
                mark = $1,
                version = CASE WHEN c.new_run_version IS NULL THEN h.version ELSE h.version + 1 END,
                run_version = coalesce(c.new_run_version, h.run_version),
                live = coalesce(c.new_live, h.live),
                in_tail = coalesce(c.in_first + c.in_count, h.in_tail),
                in_time = coalesce(c.in_time, h.in_time),
                out_tail = coalesce(c.out_first + c.out_count, h.out_tail),
                out_time = coalesce(c.out_time, h.out_time),
                out_oldest = greatest(h.out_oldest, CASE WHEN c.trim IS NULL THEN 0
                    ELSE least(c.trim, coalesce(c.out_first + c.out_count, h.out_tail)) END),
                resume_floor = coalesce(c.resume_floor, h.resume_floor),
                applied_through = coalesce(c.applied_through, h.applied_through),
                last_boundary = coalesce(c.last_boundary, h.last_boundary),
                deaths = coalesce(c.deaths, h.deaths)
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
                WITH ORDINALITY AS c (environment, key, expected_version, expected_run, new_run_version, new_live,
                    in_first, in_count, in_time, in_crc, in_data, out_first, out_count, out_time, out_crc, out_data,
                    trim, resume_floor, applied_through, last_boundary, deaths, expected_in, expected_boundary, place)
            WHERE h.environment = c.environment AND h.key = c.key AND h.mark <> -$1
                AND (c.expected_version IS NULL OR h.version = c.expected_version)
                AND (h.version > 0 OR c.new_run_version IS NOT NULL)
                AND (c.expected_run IS NULL OR (h.version > 0 AND h.run_version = c.expected_run))
                AND (c.in_first IS NULL OR h.in_tail = c.in_first)
                AND (c.expected_in IS NULL OR h.in_tail = c.expected_in)
                AND (c.expected_boundary IS NULL OR h.last_boundary = c.expected_boundary)
                AND (c.out_first IS NULL OR h.out_tail = c.out_first)
            RETURNING h.id, c.place, c.in_first, c.in_count, c.in_time, c.in_crc, c.in_data,
                c.out_first, c.out_count, c.out_time, c.out_crc, c.out_data
        ), stored AS (
            INSERT INTO agent_sessions.records (session, stream, first, count, time, crc, data)
            SELECT id, 0, in_first, in_count, in_time, in_crc, in_data FROM applied WHERE in_first IS NOT NULL
            UNION ALL
            SELECT id, 1, out_first, out_count, out_time, out_crc, out_data FROM applied WHERE out_first IS NOT NULL
        )
        SELECT place FROM applied
        """;

    private const string Trim = """
        DELETE FROM agent_sessions.records r
        USING unnest($2, $3) AS c (environment, key)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        WHERE r.session = h.id AND r.stream = 1 AND r.first < h.out_oldest AND r.first + r.count <= h.out_oldest
        """;

    /// <summary>Makes the heads of sessions that are to be made.</summary>
    public static void AddMissing(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits)
    {
        PendingCommit[] creations = [.. commits.Where(commit => commit.Creates)];
        if (creations.Length > 0)
        {
            var command = new NpgsqlBatchCommand(Missing);
            command.AddKeys(creations);
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Moves the heads whose conditions hold; answers the places of their commits in the group, from 1.</summary>
    public static void AddMove(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        var command = new NpgsqlBatchCommand(Move);
        command.AddValue(mark);
        command.AddKeys(commits);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.ExpectedVersion);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.ExpectedRunVersion);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.Row?.RunVersion);
        command.AddColumn(commits, Db.Boolean, static commit => commit.Commit.Row?.HasLiveRun);
        AddBatches(command, commits, static commit => commit.In);
        AddBatches(command, commits, static commit => commit.Out);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.TrimOutBefore?.Value);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.Progress?.ResumeFloor);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.Progress?.AppliedThrough);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.Progress?.LastBoundary);
        command.AddColumn(commits, Db.Integer, static commit => commit.Commit.Progress?.Deaths);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.ExpectedInTail?.Value);
        command.AddColumn(commits, Db.Bigint, static commit => commit.Commit.ExpectedBoundary);
        batch.BatchCommands.Add(command);
    }

    /// <summary>Removes the records that a trim left before the oldest.</summary>
    public static void AddTrims(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        PendingCommit[] trims = [.. commits.Where(commit => commit.Commit.TrimOutBefore is not null)];
        if (trims.Length > 0)
        {
            var command = new NpgsqlBatchCommand(Trim);
            command.AddValue(mark);
            command.AddKeys(trims);
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Adds the two columns that name sessions.</summary>
    public static void AddKeys(this NpgsqlBatchCommand command, IReadOnlyList<PendingCommit> commits)
    {
        command.AddColumn(commits, Db.Text, static commit => commit.Environment);
        command.AddColumn(commits, Db.Text, static commit => commit.Key);
    }

    private static void AddBatches(NpgsqlBatchCommand command, IReadOnlyList<PendingCommit> commits, Func<PendingCommit, StoredBatch?> select)
    {
        command.AddColumn(commits, Db.Bigint, commit => select(commit)?.First);
        command.AddColumn(commits, Db.Integer, commit => select(commit)?.Count);
        command.AddColumn(commits, Db.Bigint, commit => select(commit)?.Time);
        command.AddColumn(commits, Db.Integer, commit => select(commit)?.Crc);
        command.AddColumn(commits, Db.Bytea, commit => select(commit)?.Data);
    }
}
