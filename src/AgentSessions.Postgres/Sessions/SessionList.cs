using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Sessions;

/// <summary>Lists sessions in pages by keyset: the place of a row is its creation time and friendly id.</summary>
internal sealed class SessionList(PostgresConnections connections)
{
    private const string Place = "(s.created_at, s.friendly_id)";

    private const string From = "FROM agent_sessions.sessions s JOIN agent_sessions.heads h ON h.id = s.id";

    // The best plan depends on how rare the values asked for are, so these queries are planned with them each time.
    private const string PlanWithValues = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)";

    public ValueTask<SessionPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        connections.ReadAsync((connection, token) => ListAsync(connection, query, token), cancellationToken);

    private static async Task<SessionPage> ListAsync(NpgsqlConnection connection, SessionQuery query, CancellationToken cancellationToken)
    {
        Anchor? anchor = null;
        if ((query.After ?? query.Before) is { } cursor)
        {
            anchor = cursor.CreatedAt is { } time
                ? new Anchor(time.UtcDateTime, StoredText.Encode(cursor.Id))
                : await FindAnchorAsync(connection, query.Environment, cursor.Id, cancellationToken);
            if (anchor is null)
            {
                return new SessionPage([], false, false);
            }
        }

        bool backwards = query.After is null && anchor is not null;
        var rows = new List<SessionRow>();
        bool beyond = false;
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(PlanWithValues));
        batch.BatchCommands.Add(Page(query, anchor, backwards));
        if (anchor is not null)
        {
            batch.BatchCommands.Add(Beyond(query, anchor, backwards));
        }

        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(SessionColumns.Read(reader));
        }

        if (await reader.NextResultAsync(cancellationToken))
        {
            beyond = await reader.ReadAsync(cancellationToken);
        }

        // One row more than asked for tells whether there is another page that way.
        bool more = rows.Count > query.Limit;
        if (more)
        {
            rows.RemoveAt(query.Limit);
        }

        if (!backwards)
        {
            return new SessionPage(rows, more, beyond);
        }

        rows.Reverse();
        return new SessionPage(rows, beyond, more);
    }

    private static NpgsqlBatchCommand Page(SessionQuery query, Anchor? anchor, bool backwards)
    {
        var filter = new SessionFilter(query);
        if (anchor is not null)
        {
            filter.Add($"{Place} {(backwards ? ">" : "<")} ({filter.Value(anchor.CreatedAt)}, {filter.Value(anchor.Id)})");
        }

        // The limit is part of the text: a plan for an unknown one expects to read a tenth of the table.
        string order = backwards ? "s.created_at, s.friendly_id" : "s.created_at DESC, s.friendly_id DESC";
        return filter.Command($"SELECT {SessionColumns.List} {From}", $"ORDER BY {order} LIMIT {query.Limit + 1}");
    }

    /// <summary>Whether any row lies on the other side of the cursor, itself included.</summary>
    private static NpgsqlBatchCommand Beyond(SessionQuery query, Anchor anchor, bool backwards)
    {
        var filter = new SessionFilter(query);
        filter.Add($"{Place} {(backwards ? "<=" : ">=")} ({filter.Value(anchor.CreatedAt)}, {filter.Value(anchor.Id)})");
        string order = backwards ? "s.created_at DESC, s.friendly_id DESC" : "s.created_at, s.friendly_id";
        return filter.Command($"SELECT 1 {From}", $"ORDER BY {order} LIMIT 1");
    }

    private static async Task<Anchor?> FindAnchorAsync(
        NpgsqlConnection connection, string? environment, string id, CancellationToken cancellationToken)
    {
        string stored = StoredText.Encode(id);
        NpgsqlCommand command = SqlCommands.Make(
            connection,
            $"SELECT created_at FROM agent_sessions.sessions WHERE friendly_id = $1{(environment is null ? "" : " AND environment = $2")} LIMIT 1");
        command.With(stored);
        if (environment is not null)
        {
            command.With(StoredText.Encode(environment));
        }

        return await command.ReadFirstAsync(reader => new Anchor(reader.GetDateTime(0), stored), cancellationToken);
    }

    private sealed record Anchor(DateTime CreatedAt, string Id);
}
