using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Postgres.States;

/// <summary>Reads states, and puts single ones.</summary>
internal sealed class StateQueries(PostgresConnections connections)
{
    private const string Columns = "name, value, version, owner_environment, owner_key";

    private const string Named = "environment = $1 AND space = $2 AND name = $3";

    private const string Get = $"SELECT {Columns} FROM agent_sessions.states WHERE {Named}";

    private const string List = $"SELECT {Columns} " + """
        FROM agent_sessions.states
        WHERE environment = $1 AND space = $2 AND name >= $3 AND name <= $3 || chr(1114111) AND name > $4 AND starts_with(name, $3)
        ORDER BY name LIMIT $5
        """;

    private const string Insert = """
        INSERT INTO agent_sessions.states AS s (environment, space, name, version, value, owner_environment, owner_key)
        VALUES ($1, $2, $3, 1, $4, $5, $6) ON CONFLICT (environment, space, name)
        """;

    private const string Make = $"{Insert} DO NOTHING RETURNING version";

    private const string Put = $"{Insert} " + """
        DO UPDATE SET version = s.version + 1, value = excluded.value,
            owner_environment = excluded.owner_environment, owner_key = excluded.owner_key RETURNING s.version
        """;

    private const string Replace =
        "UPDATE agent_sessions.states SET version = version + 1, value = $4, owner_environment = $5, owner_key = $6 "
        + $"WHERE {Named} AND version = $7 RETURNING version";

    private const string Remove = $"DELETE FROM agent_sessions.states WHERE {Named} AND version = coalesce($4, version) RETURNING version";

    public ValueTask<StateEntry?> GetAsync(StateKey key, CancellationToken cancellationToken) =>
        connections.ReadAsync((connection, token) => About(connection, Get, key)
            .ReadFirstAsync(reader => Read(reader, key.Environment, key.Space), token), cancellationToken);

    public ValueTask<IReadOnlyList<StateEntry>> ListAsync(
        string environment, string space, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        connections.ReadAsync<IReadOnlyList<StateEntry>>(async (connection, token) =>
            await About(connection, List, new StateKey(environment, space, prefix))
                .With(StoredText.Encode(after ?? "")).With(limit)
                .ReadRowsAsync(reader => Read(reader, environment, space), token), cancellationToken);

    public ValueTask<long?> PutAsync(StatePut put, long? expectedVersion, CancellationToken cancellationToken) =>
        // Without a condition the same put twice is the same as once.
        expectedVersion is null
            ? connections.RepeatAsync((connection, token) => ChangeAsync(connection, put, expectedVersion, token), cancellationToken)
            : connections.WriteAsync((connection, token) => ChangeAsync(connection, put, expectedVersion, token), cancellationToken);

    private static async Task<long?> ChangeAsync(NpgsqlConnection connection, StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        long? changed = put.Value is null
            ? await RemoveAsync(connection, put.Key, expectedVersion, cancellationToken)
            : await PutAsync(connection, put, expectedVersion, cancellationToken);
        if (changed is > 0)
        {
            return changed;
        }

        // What another write left, or this one before a fault, may be on the primary alone, and the answer lets the caller count on it.
        await SqlCommands.Make(connection, CutShortCommit.Barrier).ExecuteNonQueryAsync(cancellationToken);
        return changed;
    }

    private static Task<long?> PutAsync(NpgsqlConnection connection, StatePut put, long? expectedVersion, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = About(connection, expectedVersion switch { null => Put, 0 => Make, _ => Replace }, put.Key)
            .With(put.Value!.Value)
            .With(StoredText.EncodeOrNull(put.Owner?.Environment), NpgsqlDbType.Text)
            .With(StoredText.EncodeOrNull(put.Owner?.Key), NpgsqlDbType.Text);
        if (expectedVersion > 0)
        {
            command.With(expectedVersion.Value);
        }

        return command.ReadFirstAsync(static reader => (long?)reader.GetInt64(0), cancellationToken);
    }

    private static async Task<long?> RemoveAsync(
        NpgsqlConnection connection, StateKey key, long? expectedVersion, CancellationToken cancellationToken)
    {
        long? removed = await About(connection, Remove, key).With(expectedVersion, NpgsqlDbType.Bigint)
            .ReadFirstAsync(static reader => (long?)reader.GetInt64(0), cancellationToken);
        if (removed is not null || expectedVersion > 0)
        {
            return removed;
        }

        // Nothing was removed. Asked for none, that is right only if there is none.
        bool exists = expectedVersion == 0
            && await About(connection, Get, key).ReadFirstAsync(static _ => true, cancellationToken);
        return exists ? null : 0;
    }

    private static NpgsqlCommand About(NpgsqlConnection connection, string sql, StateKey key) => SqlCommands.Make(connection, sql)
        .With(StoredText.Encode(key.Environment)).With(StoredText.Encode(key.Space)).With(StoredText.Encode(key.Name));

    private static StateEntry Read(NpgsqlDataReader reader, string environment, string space) => new(
        new StateKey(environment, space, reader.Text(0)),
        reader.GetFieldValue<byte[]>(1),
        reader.GetInt64(2),
        reader.IsDBNull(4) ? null : new SessionKey(reader.Text(3), reader.Text(4)));
}
