using AgentSessions.Core.Sessions;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Sessions;

/// <summary>The columns a session row is read from, of <c>sessions s</c> and <c>heads h</c>, and how.</summary>
internal static class SessionColumns
{
    public const string List = """
        s.environment, s.key, s.friendly_id, s.external_id, s.type, s.agent, s.trigger_config, s.tags, s.metadata,
        s.created_at, s.updated_at, s.closed_at, s.closed_reason, s.expires_at, s.current_run_id, h.live, h.run_version, s.held_by
        """;

    /// <summary>How many columns <see cref="List"/> has: the next one has this ordinal.</summary>
    public const int Count = 18;

    public static SessionRow Read(NpgsqlDataReader reader) => new()
    {
        Key = new SessionKey(reader.Text(0), reader.Text(1)),
        Id = reader.Text(2),
        ExternalId = reader.TextOrNull(3),
        Type = reader.Text(4),
        Agent = reader.Text(5),
        TriggerConfig = reader.Text(6),
        Tags = TagList.Decode(reader.GetFieldValue<string[]>(7)),
        Metadata = reader.TextOrNull(8),
        CreatedAt = reader.Time(9),
        UpdatedAt = reader.Time(10),
        ClosedAt = reader.TimeOrNull(11),
        ClosedReason = reader.TextOrNull(12),
        ExpiresAt = reader.TimeOrNull(13),
        CurrentRunId = reader.TextOrNull(14),
        HasLiveRun = reader.GetBoolean(15),
        RunVersion = reader.GetInt64(16),
        HeldBy = reader.TextOrNull(17),
    };
}
