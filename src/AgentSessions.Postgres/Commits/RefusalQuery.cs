using AgentSessions.Core.Storage;
using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Postgres.Commits;

/// <summary>Finds out why commits did not match their heads.</summary>
internal static class RefusalQuery
{
    private const string Heads = """
        SELECT c.place, h.version, h.run_version, h.in_tail, h.out_tail, h.last_boundary
        FROM unnest($1, $2) WITH ORDINALITY AS c (environment, key, place)
        JOIN agent_sessions.heads h ON h.environment = c.environment AND h.key = c.key
        """;

    /// <summary>The first condition of each commit that does not hold; null if none is left that explains it.</summary>
    public static async Task<CommitOutcome?[]> FindReasonsAsync(NpgsqlConnection connection, IReadOnlyList<PendingCommit> refused)
    {
        var heads = new FoundHead[refused.Count];
        await using var command = new NpgsqlCommand(Heads, connection);
        command.Parameters.Add(Texts(refused, static commit => commit.Environment));
        command.Parameters.Add(Texts(refused, static commit => commit.Key));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            heads[reader.GetInt64(0) - 1] = new FoundHead(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
        }

        return [.. refused.Select((commit, place) => Judge(commit, heads[place]))];
    }

    private static CommitOutcome? Judge(PendingCommit commit, FoundHead head)
    {
        if ((head.Version == 0 && !commit.Creates) || (commit.Commit.ExpectedVersion is { } version && version != head.Version))
        {
            return CommitOutcome.VersionMoved;
        }

        if (commit.Commit.ExpectedRunVersion is { } run && (head.Version == 0 || run != head.RunVersion))
        {
            return CommitOutcome.RunMoved;
        }

        // The tails of side channels are not looked at: with all else as expected, one of them it was.
        return commit.SideAppends.Count > 0
            || (commit.In is { } first && first.First != head.InTail)
            || (commit.Commit.ExpectedInTail is { } tail && tail.Value != head.InTail)
            || (commit.Commit.ExpectedBoundary is { } boundary && boundary != head.LastBoundary)
            || (commit.Out is { } last && last.First != head.OutTail)
                ? CommitOutcome.TailMoved
                : null;
    }

    private static NpgsqlParameter Texts(IReadOnlyList<PendingCommit> commits, Func<PendingCommit, string> select) =>
        new NpgsqlParameter<string[]> { TypedValue = [.. commits.Select(select)], NpgsqlDbType = NpgsqlDbType.Text | NpgsqlDbType.Array };

    /// <summary>A head as it is now; all zero where there is none.</summary>
    private readonly record struct FoundHead(long Version, long RunVersion, long InTail, long OutTail, long LastBoundary);
}
