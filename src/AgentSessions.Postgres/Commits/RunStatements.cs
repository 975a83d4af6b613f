using AgentSessions.Core.Runs;
using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>Puts run rows.</summary>
internal static class RunStatements
{
    private const string Put = """
        INSERT INTO agent_sessions.runs (environment, id, session, number, reason, agent, agent_version, previous_run_id, status, tags,
            created_at, finished_at, ended, error)
        SELECT c.environment, c.id, h.id, c.number, c.reason, c.agent, c.agent_version, c.previous_run_id, c.status,
            ARRAY(SELECT jsonb_array_elements_text(c.tags::jsonb)), c.created_at, c.finished_at, c.ended, c.error
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            AS c (environment, key, id, number, reason, agent, agent_version, previous_run_id, status, tags,
                created_at, finished_at, ended, error)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ON CONFLICT (environment, id) DO UPDATE SET
            session = excluded.session, number = excluded.number, reason = excluded.reason, agent = excluded.agent,
            agent_version = excluded.agent_version, previous_run_id = excluded.previous_run_id, status = excluded.status,
            tags = excluded.tags, created_at = excluded.created_at, finished_at = excluded.finished_at, ended = excluded.ended,
            error = excluded.error
        """;

    public static void AddPuts(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        // One statement may touch a row once, so the last of equal ids stands for all.
        (PendingCommit Owner, RunRow Run)[] puts =
            [.. commits.SelectMany(owner => owner.Commit.Runs
                .GroupBy(run => run.Id, StringComparer.Ordinal)
                .Select(same => (owner, same.Last())))];
        if (puts.Length == 0)
        {
            return;
        }

        PendingCommit[] owners = Array.ConvertAll(puts, put => put.Owner);
        RunRow[] runs = Array.ConvertAll(puts, put => put.Run);
        var command = new NpgsqlBatchCommand(Put);
        command.AddValue(mark);
        command.AddKeys(owners);
        command.AddColumn(runs, Db.Text, static run => StoredText.Encode(run.Id));
        command.AddColumn(runs, Db.Bigint, static run => run.Number);
        command.AddColumn(runs, Db.Smallint, static run => (short)run.Reason);
        command.AddColumn(runs, Db.Text, static run => StoredText.Encode(run.Agent));
        command.AddColumn(runs, Db.Text, static run => StoredText.EncodeOrNull(run.AgentVersion));
        command.AddColumn(runs, Db.Text, static run => StoredText.EncodeOrNull(run.PreviousRunId));
        command.AddColumn(runs, Db.Smallint, static run => (short)run.Status);
        command.AddColumn(runs, Db.Text, static run => TagList.Encode(run.Tags));
        command.AddColumn(runs, Db.TimestampTz, static run => run.CreatedAt.UtcDateTime);
        command.AddColumn(runs, Db.TimestampTz, static run => run.FinishedAt?.UtcDateTime);
        command.AddColumn(runs, Db.Smallint, static run => (short?)run.End);
        command.AddColumn(runs, Db.Text, static run => StoredText.EncodeOrNull(run.Error));
        batch.BatchCommands.Add(command);
    }
}
