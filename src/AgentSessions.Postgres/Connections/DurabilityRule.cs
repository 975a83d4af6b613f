using AgentSessions.Core.Storage;
using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>What a server must promise so that an acknowledged commit survives a crash.</summary>
internal static class DurabilityRule
{
    // A commit that returns before its log is flushed can be lost. A stronger setting of the operator's (remote_apply) is kept.
    private const string Raise = """
        SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local')
        """;

    private const string Settings = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";

    /// <summary>Raises a new connection's <c>synchronous_commit</c> where the server's or role's default is too low.</summary>
    /// <remarks>Done on each connection, because a setting belongs to the connection and a pool hides which are new.</remarks>
    public static async Task RaiseAsync(NpgsqlConnection connection, bool async, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Raise, connection);
        if (async)
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        else
        {
            command.ExecuteNonQuery();
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
