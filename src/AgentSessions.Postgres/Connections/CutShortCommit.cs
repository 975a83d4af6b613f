using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>Notices commits that the server answers although no standby has them.</summary>
/// <remarks>
/// With synchronous replication a commit is made first and then waits for the standby. Whoever ends that wait (a command's time limit, a caller who
/// leaves, an operator) gets the answer of a commit that went well, with a warning beside it: a failover would lose what was acknowledged.
/// </remarks>
internal static class CutShortCommit
{
    /// <summary>A commit that waits for the standby like any other and changes nothing: with it, all that was made before is there as well.</summary>
    /// <remarks>What is found made after a fault may be on the primary alone, since nobody knows how its own wait ended.</remarks>
    public const string Barrier = "SELECT pg_logical_emit_message(true, 'agent_sessions', '')";

    /// <summary>Runs a transaction.</summary>
    /// <exception cref="NpgsqlException">Its wait for the standby was cut short. Whether it will last is in doubt.</exception>
    public static async Task<T> RefuseAsync<T>(NpgsqlConnection connection, Func<Task<T>> transaction)
    {
        bool isCutShort = false;
        void Listen(object sender, NpgsqlNoticeEventArgs told) =>
            isCutShort |= told.Notice is { InvariantSeverity: "WARNING", SqlState: PostgresErrorCodes.Warning };

        connection.Notice += Listen;
        try
        {
            T result = await transaction();
            return isCutShort ? throw new NpgsqlException("The wait for the standby was cut short.") : result;
        }
        finally
        {
            connection.Notice -= Listen;
        }
    }
}
