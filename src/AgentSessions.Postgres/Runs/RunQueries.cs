using AgentSessions.Core.Runs;
using AgentSessions.Core.Sessions;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Runs;

/// <summary>Reads run rows.</summary>
internal sealed class RunQueries(PostgresConnections connections)
{
    private const string Columns = """
        r.id, h.environment, h.key, r.number, r.reason, r.agent, r.agent_version, r.previous_run_id, r.status, r.tags,
        r.created_at, r.finished_at, r.ended, r.error
        """;

    private const string Find = $"SELECT {Columns} " + """
        FROM agent_sessions.runs r JOIN agent_sessions.heads h ON h.id = r.session
        WHERE r.environment = $1 AND r.id = $2
        """;

    private const string List = $"SELECT {Columns} " + """
        FROM agent_sessions.heads h JOIN agent_sessions.runs r ON r.session = h.id
        WHERE h.environment = $1 AND h.key = $2 ORDER BY r.number DESC LIMIT $3
        """;

    public ValueTask<RunRow?> FindAsync(string environment, string runId, CancellationToken cancellationToken) =>
        connections.ReadAsync((connection, token) => SqlCommands.Make(connection, Find)
            .With(StoredText.Encode(environment)).With(StoredText.Encode(runId))
            .ReadFirstAsync(Read, token), cancellationToken);

    public ValueTask<IReadOnlyList<RunRow>> ListAsync(SessionKey session, int limit, CancellationToken cancellationToken) =>
        connections.ReadAsync<IReadOnlyList<RunRow>>(async (connection, token) => await SqlCommands.Make(connection, List)
            .With(StoredText.Encode(session.Environment)).With(StoredText.Encode(session.Key)).With(limit)
            .ReadRowsAsync(Read, token), cancellationToken);

    private static RunRow Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.Text(0),
        Session = new SessionKey(reader.Text(1), reader.Text(2)),
        Number = reader.GetInt64(3),
        Reason = (RunReason)reader.GetInt16(4),
        Agent = reader.Text(5),
        AgentVersion = reader.TextOrNull(6),
        PreviousRunId = reader.TextOrNull(7),
        Status = (RunStatus)reader.GetInt16(8),
        Tags = TagList.Decode(reader.GetFieldValue<string[]>(9)),
        CreatedAt = reader.Time(10),
        FinishedAt = reader.TimeOrNull(11),
        End = reader.IsDBNull(12) ? null : (RunEnd)reader.GetInt16(12),
        Error = reader.TextOrNull(13),
    };
}
