using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Orleans.Hosting;

/// <summary>Clusters of another id that work on the same database: as a rule one of the two has a wrong setting.</summary>
internal static class OtherClusters
{
    // Nodes say every 5 seconds that they live, by their own clocks.
    private const string Find = """
        SELECT cluster, count(*)::int FROM agent_sessions_orleans.members
        WHERE cluster <> $1 AND status = $2 AND alive_time > now() - interval '1 minute'
        GROUP BY cluster ORDER BY cluster
        """;

    /// <summary>Those that have a node that lives, or did a minute ago, and how many nodes.</summary>
    /// <param name="connection">A connection to the database.</param>
    /// <param name="own">This cluster's id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyList<(string Id, int Nodes)>> FindAsync(NpgsqlConnection connection, string own, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, connection);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = own });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Integer, Value = (int)SiloStatus.Active });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<(string Id, int Nodes)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((reader.GetString(0), reader.GetInt32(1)));
        }

        return found;
    }
}
