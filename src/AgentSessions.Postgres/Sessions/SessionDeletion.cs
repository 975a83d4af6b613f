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
    public ValueTask<bool> DeleteAsync(SessionKey session, CancellationToken cancellationToken) =>
        connections.WriteAsync((connection, token) => DeleteAsync(connection, session, token), cancellationToken);

    private static async Task<bool> DeleteAsync(NpgsqlConnection connection, SessionKey session, CancellationToken cancellationToken)
    {
        string environment = StoredText.Encode(session.Environment);
        string key = StoredText.Encode(session.Key);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        (long Id, long Version) head = await Command.Make(connection, Lock).With(environment).With(key)
            .FirstOrDefaultAsync(static reader => (reader.GetInt64(0), reader.GetInt64(1)), cancellationToken);

        await using NpgsqlBatch batch = connection.CreateBatch();
        foreach (string table in _tables)
        {
            batch.BatchCommands.Add(DeleteById($"DELETE FROM agent_sessions.{table} WHERE session = $1", head.Id));
        }

        batch.BatchCommands.Add(DeleteById("DELETE FROM agent_sessions.sessions WHERE id = $1", head.Id));
        batch.BatchCommands.Add(DeleteById("DELETE FROM agent_sessions.heads WHERE id = $1", head.Id));
        var states = new NpgsqlBatchCommand(States);
        states.AddValue(environment);
        states.AddValue(key);
        batch.BatchCommands.Add(states);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return head.Version > 0;
    }

    private static NpgsqlBatchCommand DeleteById(string sql, long id)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.AddValue(id);
        return command;
    }
}
