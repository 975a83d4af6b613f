using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>What a server must be and promise so that an acknowledged commit survives a crash.</summary>
internal static class DurabilityRule
{
    private const string Ask = "SELECT pg_is_in_recovery()";

    // A commit that returns before its log is flushed can be lost. A stronger setting of the operator's (remote_apply) is kept.
    private const string Raise = """
        SELECT pg_is_in_recovery(), CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
            THEN set_config('synchronous_commit', 'on', false) END
        """;

    private const string Settings = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";

    /// <summary>
    /// Refuses a new connection to a standby, and raises <c>synchronous_commit</c> where the server's or role's default is too low.
    /// </summary>
    /// <param name="connection">The connection, just opened.</param>
    /// <param name="raise">Whether commits must last; without, they are as the connection has it.</param>
    /// <param name="async">Whether the thread is given up meanwhile.</param>
    /// <remarks>
    /// A standby may not have what was acknowledged, and a reader who sees less than before would take the store for a restored one. No primary
    /// becomes a standby without closing its connections, so each is asked once. Settings belong to the connection too.
    /// </remarks>
    /// <exception cref="PostgresException">It is a standby: the error that a write there would get.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection, bool raise, bool async)
    {
        await using var command = new NpgsqlCommand(raise ? Raise : Ask, connection);
        if ((bool)(async ? await command.ExecuteScalarAsync() : command.ExecuteScalar())!)
        {
            throw new PostgresException("the server is a standby", "ERROR", "ERROR", PostgresErrorCodes.ReadOnlySqlTransaction);
        }
    }

    /// <summary>What is wrong with the server's settings, as one sentence, or null.</summary>
    public static async Task<string?> FindProblemAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Settings, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        string[] off = [.. new[] { "fsync", "full_page_writes", "synchronous_commit" }
            .Where((_, column) => reader.GetString(column) is "off" or "local")];
        return off.Length == 0
            ? null
            : $"PostgreSQL runs with {string.Join(" and ", off)} off: it can lose what it acknowledged, or corrupt its files, when the machine fails.";
    }
}
