using AgentSessions.Core.Sessions;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Sessions;

/// <summary>Removes a session with all its rows in one transaction.</summary>
/// <remarks>
/// The rows are gone for every reader at once. As with all of PostgreSQL, their bytes stay in the table's files until vacuum takes them
/// (autovacuum does, and later rows overwrite them) and in the write-ahead log until its files are recycled.
/// </remarks>
internal sealed class SessionDeletion(PostgresConnections connections)
{
    // Locks out commits first: their update waits, and then finds no head any more.
    private const string Lock = "SELECT id, version FROM agent_sessions.heads WHERE environment = $1 AND key = $2 FOR UPDATE";

    private const string States = "DELETE FROM agent_sessions.states WHERE owner_environment = $1 AND owner_key = $2";

    private static readonly string[] _tables = ["records", "channels", "messages", "transcripts", "runs"];

    /// <returns>False if there was no session.</returns>
    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken)
    {
        // Should the answer be lost to a fault, the repeat may find nothing left of what was there, or a successor that is not meant.
        (long Id, long Version)? meant = null;
        return connections.RepeatAsync(
            async (connection, token) =>
            {
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(token);
                (long Id, long Version) head = await LockAsync(connection, session, token);
                meant ??= head;
                if (head.Id == meant.Value.Id)
                {
                    await RemoveAsync(connection, session, head.Id, token);
                }

                if (head.Id != meant.Value.Id || head.Id == 0)
                {
                    // Who removed it before may have done so on the primary alone.
                    await SqlCommands.Make(connection, CutShortCommit.Barrier).ExecuteNonQueryAsync(token);
                }

                await transaction.CommitAsync(token);
                return meant.Value.Version > 0;
            },
            cancellationToken);
    }

    private static Task<(long Id, long Version)> LockAsync(NpgsqlConnection connection, SessionKey session, CancellationToken cancellationToken) =>
        SqlCommands.Make(connection, Lock).With(StoredText.Encode(session.Environment)).With(StoredText.Encode(session.Key))
            .ReadFirstAsync(static reader => (reader.GetInt64(0), reader.GetInt64(1)), cancellationToken);

    private static async Task RemoveAsync(NpgsqlConnection connection, SessionKey session, long id, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();

        // However long it takes to read all there is.
        batch.Timeout = 0;
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL statement_timeout = 0"));
        foreach (string table in _tables)
        {
            batch.BatchCommands.Add(DeleteById($"DELETE FROM agent_sessions.{table} WHERE session = $1", id));
        }

        batch.BatchCommands.Add(DeleteById("DELETE FROM agent_sessions.sessions WHERE id = $1", id));
        batch.BatchCommands.Add(DeleteById("DELETE FROM agent_sessions.heads WHERE id = $1", id));
        var states = new NpgsqlBatchCommand(States);
        states.AddValue(StoredText.Encode(session.Environment));
        states.AddValue(StoredText.Encode(session.Key));
        batch.BatchCommands.Add(states);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand DeleteById(string sql, long id)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.AddValue(id);
        return command;
    }
}
