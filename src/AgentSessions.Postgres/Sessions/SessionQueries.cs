using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Core.Streams;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using AgentSessions.Protocol.Records;
using Npgsql;

namespace AgentSessions.Postgres.Sessions;

/// <summary>Finds single sessions, and those an engine has to look after.</summary>
internal sealed class SessionQueries(PostgresConnections connections)
{
    private const string Load = $"SELECT {SessionColumns.List}, " + """
        h.version, h.in_tail, h.in_time, h.out_oldest, h.out_tail, h.out_time,
            h.resume_floor, h.applied_through, h.last_boundary, h.deaths
        FROM agent_sessions.heads h JOIN agent_sessions.sessions s ON s.id = h.id
        WHERE h.environment = $1 AND h.key = $2
        """;

    private const string FindKey = "SELECT key FROM agent_sessions.sessions WHERE environment = $1 AND friendly_id = $2";

    private const string Live = """
        SELECT environment, key FROM agent_sessions.heads
        WHERE live AND (environment, key) > ($1, $2) ORDER BY environment, key LIMIT $3
        """;

    private const string Expired = """
        SELECT environment, key, expires_at FROM agent_sessions.sessions
        WHERE closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= $1 AND (expires_at, environment, key) > ($2, $3, $4)
        ORDER BY expires_at, environment, key LIMIT $5
        """;

    public ValueTask<SessionHead?> LoadAsync(SessionKey session, CancellationToken cancellationToken) =>
        connections.ReadAsync((connection, token) => SqlCommands.Make(connection, Load)
            .With(StoredText.Encode(session.Environment)).With(StoredText.Encode(session.Key))
            .ReadFirstAsync(ReadHead, token), cancellationToken);

    public ValueTask<SessionKey?> FindKeyAsync(string environment, string friendlyId, CancellationToken cancellationToken) =>
        connections.ReadAsync((connection, token) => SqlCommands.Make(connection, FindKey)
            .With(StoredText.Encode(environment)).With(StoredText.Encode(friendlyId))
            .ReadFirstAsync(reader => (SessionKey?)new SessionKey(environment, reader.Text(0)), token), cancellationToken);

    public ValueTask<IReadOnlyList<SessionKey>> ListLiveAsync(SessionKey? after, int limit, CancellationToken cancellationToken) =>
        connections.ReadAsync<IReadOnlyList<SessionKey>>(async (connection, token) => await SqlCommands.Make(connection, Live)
            .With(StoredText.Encode(after?.Environment ?? "")).With(StoredText.Encode(after?.Key ?? "")).With(limit)
            .ReadRowsAsync(ReadKey, token), cancellationToken);

    public ValueTask<IReadOnlyList<ExpiredSession>> ListExpiredAsync(DateTimeOffset until, ExpiredSession? after, int limit, CancellationToken cancellationToken) =>
        connections.ReadAsync<IReadOnlyList<ExpiredSession>>(async (connection, token) => await SqlCommands.Make(connection, Expired)
            .With(until.UtcDateTime).With((after?.ExpiresAt ?? DateTimeOffset.MinValue).UtcDateTime)
            .With(StoredText.Encode(after?.Session.Environment ?? "")).With(StoredText.Encode(after?.Session.Key ?? "")).With(limit)
            .ReadRowsAsync(static reader => new ExpiredSession(ReadKey(reader), reader.Time(2)), token), cancellationToken);

    private static SessionKey ReadKey(NpgsqlDataReader reader) => new(reader.Text(0), reader.Text(1));

    private static SessionHead ReadHead(NpgsqlDataReader reader)
    {
        const int next = SessionColumns.Count;
        return new SessionHead(
            SessionColumns.Read(reader),
            reader.GetInt64(next),
            new StreamBounds(Cursor.Start, new Cursor(reader.GetInt64(next + 1)), reader.GetInt64(next + 2)),
            new StreamBounds(new Cursor(reader.GetInt64(next + 3)), new Cursor(reader.GetInt64(next + 4)), reader.GetInt64(next + 5)),
            new SessionProgress
            {
                ResumeFloor = reader.GetInt64(next + 6),
                AppliedThrough = reader.GetInt64(next + 7),
                LastBoundary = reader.GetInt64(next + 8),
                Deaths = reader.GetInt32(next + 9),
            });
    }
}
