using AgentSessions.Core.Runs;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Values;
using Npgsql;
using NpgsqlTypes;

namespace AgentSessions.Postgres.Commits;

/// <summary>Finds out whether a commit whose answer was lost had been made, once a repeat of it was refused.</summary>
/// <remarks>
/// Its mark on the head proves it. If somebody moved the head since, its records do, or the run it brought. A commit of neither, which
/// another writer overtook, counts as not made: whoever sent it looks at what is stored now and decides again.
/// </remarks>
internal static class DoubtQuery
{
    private const string Head = "FROM agent_sessions.heads h WHERE h.environment = $1 AND h.key = $2";

    private const string Marked = $"SELECT EXISTS (SELECT {Head} AND h.mark = ANY ($3))";

    private const string OwnStream = "$6::integer";

    private const string SideStream =
        "(SELECT s.stream FROM agent_sessions.channels s WHERE s.session = h.id AND s.channel = $6 AND s.direction = $7)";

    private const string RunKept = "SELECT EXISTS (SELECT FROM agent_sessions.runs WHERE environment = $1 AND id = $2)";

    /// <returns>True once it was made and is where the server's commits wait to be.</returns>
    public static async Task<bool> WasMadeAsync(NpgsqlConnection connection, PendingCommit commit)
    {
        if (!await IsThereAsync(connection, commit))
        {
            return false;
        }

        await using var barrier = new NpgsqlCommand(CutShortCommit.Barrier, connection);
        await CutShortCommit.RefuseAsync(connection, () => barrier.ExecuteNonQueryAsync());
        return true;
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, PendingCommit commit)
    {
        if (await AsksAsync(About(connection, Marked, commit).With(commit.DoubtedMarks.ToArray(), NpgsqlDbType.Bigint | NpgsqlDbType.Array)))
        {
            return true;
        }

        // Of one commit all was made or nothing, so any part of it will do.
        if (commit.In is { } input)
        {
            return await AsksAsync(Records(connection, OwnStream, commit, input).With(0));
        }

        if (commit.Out is { } output)
        {
            return await AsksAsync(Records(connection, OwnStream, commit, output).With(1));
        }

        if (commit.SideAppends is [{ } side, ..])
        {
            return await AsksAsync(Records(connection, SideStream, commit, side.Batch).With(side.Channel).With(side.Direction));
        }

        return commit.Commit.Runs.FirstOrDefault(static run => run.Status == RunStatus.Queued) is { } claimed
            && await AsksAsync(SqlCommands.Make(connection, RunKept).With(commit.Environment).With(StoredText.Encode(claimed.Id)));
    }

    private static NpgsqlCommand About(NpgsqlConnection connection, string sql, PendingCommit commit) =>
        SqlCommands.Make(connection, sql).With(commit.Environment).With(commit.Key);

    private static NpgsqlCommand Records(NpgsqlConnection connection, string stream, PendingCommit commit, StoredBatch batch) =>
        About(
            connection,
            $"SELECT EXISTS (SELECT FROM agent_sessions.heads h JOIN agent_sessions.records r ON r.session = h.id AND r.stream = {stream} "
            + "WHERE h.environment = $1 AND h.key = $2 AND r.first = $3 AND r.count = $4 AND r.data = $5)",
            commit).With(batch.First).With(batch.Count).With(batch.Data);

    private static Task<bool> AsksAsync(NpgsqlCommand command) => command.ReadFirstAsync(static reader => reader.GetBoolean(0), CancellationToken.None);
}
