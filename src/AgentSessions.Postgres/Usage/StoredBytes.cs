using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Usage;

/// <summary>Tells how many bytes an environment has, once counting has begun.</summary>
internal sealed class StoredBytes(PostgresConnections connections)
{
    private const string Sum = "SELECT coalesce(sum(bytes), 0)::bigint FROM agent_sessions.stored_bytes WHERE environment = $1";

    private volatile bool _isCounting;

    public async ValueTask<long> MeasureAsync(string environment, CancellationToken cancellationToken)
    {
        if (!_isCounting)
        {
            await connections.WriteAsync(BeginAsync, cancellationToken);
            _isCounting = true;
        }

        return await connections.ReadAsync((connection, token) => SqlCommands.Make(connection, Sum).With(StoredText.Encode(environment))
            .ReadFirstAsync(static reader => reader.GetInt64(0), token), cancellationToken);
    }

    /// <summary>Begins to count, unless that was done. Meanwhile writes wait.</summary>
    private static async Task<bool> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, StoredBytesScript.Lock, cancellationToken);
        bool isMissing = await SqlCommands.Make(connection, "SELECT to_regclass('agent_sessions.stored_bytes') IS NULL")
            .ReadFirstAsync(static reader => reader.GetBoolean(0), cancellationToken);
        if (isMissing)
        {
            try
            {
                await RunAsync(connection, StoredBytesScript.Text, cancellationToken);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new SchemaException("To bound what is stored it has to be counted, and this role may not make the table for that. Start once as the schema's owner.");
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return isMissing;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // However long it takes to read all there is.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
