using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Values;
using Npgsql;
using Db = NpgsqlTypes.NpgsqlDbType;

namespace AgentSessions.Postgres.Commits;

/// <summary>Puts session rows.</summary>
internal static class SessionStatements
{
    private const string Put = """
        INSERT INTO agent_sessions.sessions (id, environment, key, friendly_id, external_id, type, agent, trigger_config, tags, metadata,
            user_id, created_at, updated_at, closed_at, closed_reason, expires_at, current_run_id, held_by)
        SELECT h.id, c.environment, c.key, c.friendly_id, c.external_id, c.type, c.agent, c.trigger_config,
            ARRAY(SELECT jsonb_array_elements_text(c.tags::jsonb)), c.metadata,
            c.user_id, c.created_at, c.updated_at, c.closed_at, c.closed_reason, c.expires_at, c.current_run_id, c.held_by
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            AS c (environment, key, friendly_id, external_id, type, agent, trigger_config, tags, metadata,
                user_id, created_at, updated_at, closed_at, closed_reason, expires_at, current_run_id, held_by)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key AND h.mark = $1
        ON CONFLICT (id) DO UPDATE SET
            friendly_id = excluded.friendly_id, external_id = excluded.external_id, type = excluded.type, agent = excluded.agent,
            trigger_config = excluded.trigger_config, tags = excluded.tags, metadata = excluded.metadata, user_id = excluded.user_id,
            created_at = excluded.created_at, updated_at = excluded.updated_at, closed_at = excluded.closed_at,
            closed_reason = excluded.closed_reason, expires_at = excluded.expires_at, current_run_id = excluded.current_run_id,
            held_by = excluded.held_by
        """;

    public static void AddPuts(NpgsqlBatch batch, IReadOnlyList<PendingCommit> commits, long mark)
    {
        PendingCommit[] owners = [.. commits.Where(commit => commit.Commit.Row is not null)];
        if (owners.Length == 0)
        {
            return;
        }

        SessionRow[] rows = Array.ConvertAll(owners, owner => owner.Commit.Row!);
        var command = new NpgsqlBatchCommand(Put);
        command.AddValue(mark);
        command.AddKeys(owners);
        command.AddColumn(rows, Db.Text, static row => StoredText.Encode(row.Id));
        command.AddColumn(rows, Db.Text, static row => StoredText.EncodeOrNull(row.ExternalId));
        command.AddColumn(rows, Db.Text, static row => StoredText.Encode(row.Type));
        command.AddColumn(rows, Db.Text, static row => StoredText.Encode(row.Agent));
        command.AddColumn(rows, Db.Text, static row => StoredText.Encode(row.TriggerConfig));
        command.AddColumn(rows, Db.Text, static row => TagList.Encode(row.Tags));
        command.AddColumn(rows, Db.Text, static row => StoredText.EncodeOrNull(row.Metadata));
        command.AddColumn(rows, Db.Text, static row => SessionQueryRules.UserIdOf(row.Metadata) is { } user ? IndexText.Of(user) : null);
        command.AddColumn(rows, Db.TimestampTz, static row => row.CreatedAt.UtcDateTime);
        command.AddColumn(rows, Db.TimestampTz, static row => row.UpdatedAt.UtcDateTime);
        command.AddColumn(rows, Db.TimestampTz, static row => row.ClosedAt?.UtcDateTime);
        command.AddColumn(rows, Db.Text, static row => StoredText.EncodeOrNull(row.ClosedReason));
        command.AddColumn(rows, Db.TimestampTz, static row => row.ExpiresAt?.UtcDateTime);
        command.AddColumn(rows, Db.Text, static row => StoredText.EncodeOrNull(row.CurrentRunId));
        command.AddColumn(rows, Db.Text, static row => StoredText.EncodeOrNull(row.HeldBy));
        batch.BatchCommands.Add(command);
    }
}
