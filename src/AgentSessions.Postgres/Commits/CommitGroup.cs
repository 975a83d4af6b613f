using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using AgentSessions.Postgres.Values;
using Npgsql;

namespace AgentSessions.Postgres.Commits;

/// <summary>Commits of different sessions that share one transaction and one round trip, each with conditions of its own.</summary>
/// <remarks>
/// The statements go out together and end with one Sync, which makes them one implicit transaction:
/// <list type="number">
/// <item>Sessions that are to be made get their head.</item>
/// <item>Only if a side channel is appended to: heads are locked, and those whose channel's tail moved get the refusing mark.</item>
/// <item>Every head whose commit's conditions hold is moved and gets the group's mark; its records are inserted.</item>
/// <item>What else the commits carry (rows, runs, transcripts, …) is written for the sessions whose head has the mark.</item>
/// </list>
/// A commit whose conditions do not hold matches no head and so changes nothing, and its neighbours never notice. Heads are always
/// taken in the order of their keys, so that groups of several processes do not wait for each other in a circle.
/// </remarks>
internal sealed class CommitGroup
{
    private readonly PendingCommit[] _commits;

    public CommitGroup(IEnumerable<PendingCommit> commits)
    {
        _commits = [.. commits];
        Array.Sort(_commits, static (left, right) =>
        {
            int order = string.CompareOrdinal(left.Environment, right.Environment);
            return order != 0 ? order : string.CompareOrdinal(left.Key, right.Key);
        });
    }

    /// <summary>In the order of their keys.</summary>
    public IReadOnlyList<PendingCommit> Commits => _commits;

    /// <summary>A positive number that no head had. The heads that the group moves have it until they are moved again.</summary>
    public long Mark { get; } = NewMark();

    /// <summary>Sends the group and waits until what it changed is durable, however long that takes.</summary>
    /// <param name="connection">The writer's own.</param>
    /// <param name="lockTimeout">The longest wait for a lock; null for the connection's.</param>
    /// <returns>For each of <see cref="Commits"/> whether it was applied.</returns>
    public async Task<bool[]> SendAsync(NpgsqlConnection connection, TimeSpan? lockTimeout)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = 0; // what has its time limit reached is cancelled
        int unread = 0;
        if (lockTimeout is { } limit)
        {
            AddLockTimeout(batch, limit);
            unread++;
        }

        HeadStatements.AddMissing(batch, _commits);
        unread += ChannelStatements.AddChecks(batch, _commits, Mark) ? 1 : 0;
        HeadStatements.AddMove(batch, _commits, Mark);
        SessionStatements.AddPuts(batch, _commits, Mark);
        ChannelStatements.AddAppends(batch, _commits, Mark);
        HeadStatements.AddTrims(batch, _commits, Mark);
        TranscriptStatements.AddChanges(batch, _commits, Mark);
        RunStatements.AddPuts(batch, _commits, Mark);
        StateStatements.AddPuts(batch, _commits, Mark);

        bool[] applied = new bool[_commits.Length];
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        for (; unread > 0; unread--)
        {
            await reader.NextResultAsync();
        }

        while (await reader.ReadAsync())
        {
            applied[reader.GetInt64(0) - 1] = true;
        }

        // The statements behind have no rows, and their errors come here.
        while (await reader.NextResultAsync())
        {
        }

        return applied;
    }

    /// <summary>For this transaction only.</summary>
    private static void AddLockTimeout(NpgsqlBatch batch, TimeSpan limit)
    {
        var command = new NpgsqlBatchCommand("SELECT set_config('lock_timeout', $1, true)");
        command.AddValue(string.Create(CultureInfo.InvariantCulture, $"{limit.TotalMilliseconds:F0}"));
        batch.BatchCommands.Add(command);
    }

    private static long NewMark() =>
        (BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue) | 1;
}
