using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentSessions.Postgres.Commits;

/// <summary>Writes a queue's commits over a connection of its own, as many at once as wait.</summary>
/// <remarks>
/// While a group is on its way the next one gathers, so groups grow by themselves with load and an idle store answers at once.
/// What happens when a group fails depends on what is certain:
/// <list type="bullet">
/// <item>No connection: nothing was sent. The commits wait for the database, each for at most <see cref="PostgresOptions.RetryFor"/>.</item>
/// <item>The server rolled back: a collision is sent again; else each commit is sent alone, so that one bad commit fails alone. A group has
/// waited for locks already, so alone they wait for next to nothing: the others are not held up by every one that is locked.</item>
/// <item>The connection broke: the outcome is in doubt. The commits are sent again, which their conditions make safe, and one that is then
/// refused is looked for: what had been made after all counts as made. Each for at most <see cref="PostgresOptions.RetryFor"/>.</item>
/// <item>No answer comes: the connection is left alone and another one taken. A cancellation would end the commit's wait for a standby, and
/// everybody would see, and count on, what a failover loses. Until the wait is over by itself, nobody sees the commit.</item>
/// </list>
/// </remarks>
internal sealed partial class CommitWriter(
    CommitQueue queue, PostgresConnections connections, PostgresOptions options, TimeProvider time, ILogger logger)
{
    private const int MaxCollisions = 10;

    /// <summary>Connections of one writer that may wait for an answer which nobody waits for any more.</summary>
    private const int MaxLeftAlone = 8;

    // Longer than another group takes, so that only what stands still fails; and next to nothing once its caller has waited long enough.
    private static readonly TimeSpan _lockTimeoutAlone = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _lockTimeoutAtTheEnd = TimeSpan.FromMilliseconds(10);

    /// <summary>A connection that said nothing for this long is tried first: it may have died unnoticed, and then nothing is in doubt.</summary>
    private static readonly TimeSpan _trustIdle = TimeSpan.FromSeconds(1);

    // A server ends what takes it too long by itself, and says so.
    private readonly TimeSpan _longestAnswer = options.CommandTimeout + TimeSpan.FromSeconds(2);

    private NpgsqlConnection? _connection;
    private long _lastUse;
    private int _leftAlone;

    /// <summary>Runs until the queue is closed and empty.</summary>
    public async Task RunAsync()
    {
        while (await queue.TakeGroupAsync() is { } group)
        {
            try
            {
                await WriteAsync(group);
            }
            catch (Exception exception)
            {
                // Whatever it was, nobody may wait for ever, and the writer goes on with a fresh connection.
                LogFailed(logger, group.Count, exception);
                await DropConnectionAsync();
                Fail(group, PostgresFaults.IsFault(exception) ? PostgresFaults.Translate(exception) : exception);
            }
            finally
            {
                queue.Release(group);
            }
        }

        await DropConnectionAsync();
    }

    private async Task WriteAsync(IReadOnlyList<PendingCommit> commits, TimeSpan? lockTimeout = null)
    {
        for (int tries = 1; ; tries++)
        {
            commits = await ConnectAsync(commits);
            if (commits.Count == 0)
            {
                return;
            }

            var group = new CommitGroup(commits);
            try
            {
                bool[] applied = await SendAsync(_connection!, group, lockTimeout);
                _lastUse = time.GetTimestamp();
                commits = await AnswerAsync(group.Commits, applied);
            }
            catch (Exception exception) when (PostgresFaults.IsCollision(exception) && tries < MaxCollisions)
            {
                LogCollision(logger, commits.Count);
            }
            catch (Exception exception) when (PostgresFaults.IsReadOnly(exception))
            {
                await DropConnectionAsync();
                commits = GiveUpWithoutPatience(commits, exception);
                await Task.Delay(PostgresConnections.PauseBefore(tries), time);
            }
            catch (Exception exception) when (commits.Count > 1 && PostgresFaults.MayBeOneCommit(exception))
            {
                LogSplit(logger, commits.Count, exception);
                await WriteOneByOneAsync(commits);
                return;
            }
            catch (Exception exception) when (PostgresFaults.LeavesInDoubt(exception))
            {
                await DropConnectionAsync();
                commits = Doubt(commits, group.Mark);
                LogInDoubt(logger, commits.Count, exception);
                commits = GiveUpWithoutPatience(commits, exception);
                await Task.Delay(PostgresConnections.PauseBefore(tries), time);
            }
        }
    }

    /// <exception cref="TimeoutException">No answer came; the writer's connection is another one from now on.</exception>
    private async Task<bool[]> SendAsync(NpgsqlConnection connection, CommitGroup group, TimeSpan? lockTimeout)
    {
        Task<bool[]> sending = CutShortCommit.RefuseAsync(connection, () => group.SendAsync(connection, lockTimeout));
        try
        {
            return await sending.WaitAsync(_longestAnswer, time);
        }
        catch (TimeoutException) when (!sending.IsCompleted)
        {
            _connection = null;
            _ = LeaveAloneAsync(connection, sending);
            throw;
        }
    }

    private async Task LeaveAloneAsync(NpgsqlConnection connection, Task sending)
    {
        Interlocked.Increment(ref _leftAlone);
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
        Interlocked.Decrement(ref _leftAlone);
    }

    /// <summary>Notes what may have been made.</summary>
    /// <returns>The commits that were not answered yet.</returns>
    private static IReadOnlyList<PendingCommit> Doubt(IReadOnlyList<PendingCommit> commits, long mark)
    {
        PendingCommit[] unanswered = [.. commits.Where(static commit => !commit.Done.IsCompleted)];
        foreach (PendingCommit commit in unanswered)
        {
            commit.Doubt(mark);
        }

        return unanswered;
    }

    private async Task WriteOneByOneAsync(IReadOnlyList<PendingCommit> commits)
    {
        foreach (PendingCommit commit in commits)
        {
            try
            {
                await WriteAsync([commit], IsImpatient(commit) ? _lockTimeoutAtTheEnd : _lockTimeoutAlone);
            }
            catch (Exception exception) when (PostgresFaults.ChangedNothing(exception))
            {
                LogFailed(logger, 1, exception);
                commit.Fail(PostgresFaults.Translate(exception));
            }
        }
    }

    /// <summary>Answers the callers.</summary>
    /// <returns>The commits to send again: their conditions hold now, so another's write or a deletion passed just between.</returns>
    private async Task<IReadOnlyList<PendingCommit>> AnswerAsync(IReadOnlyList<PendingCommit> commits, bool[] applied)
    {
        for (int i = 0; i < applied.Length; i++)
        {
            if (applied[i])
            {
                commits[i].Complete(CommitOutcome.Committed);
            }
        }

        PendingCommit[] refused = [.. commits.Where((_, place) => !applied[place])];
        if (refused.Length == 0)
        {
            return [];
        }

        var again = new List<PendingCommit>();
        CommitOutcome?[] reasons = await RefusalQuery.FindReasonsAsync(_connection!, refused);
        for (int i = 0; i < refused.Length; i++)
        {
            if (reasons[i] is { } reason)
            {
                bool wasMade = refused[i].DoubtedMarks.Count > 0 && await DoubtQuery.WasMadeAsync(_connection!, refused[i]);
                refused[i].Complete(wasMade ? CommitOutcome.Committed : reason);
            }
            else
            {
                again.Add(refused[i]);
            }
        }

        return again;
    }

    /// <summary>Makes sure of a connection, however long the commits have patience.</summary>
    /// <returns>The commits that still wait; none if all were told that the database is away.</returns>
    private async Task<IReadOnlyList<PendingCommit>> ConnectAsync(IReadOnlyList<PendingCommit> commits)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (_connection is not null && time.GetElapsedTime(_lastUse) > _trustIdle)
                {
                    await PingAsync(_connection);
                }

                _connection ??= Volatile.Read(ref _leftAlone) < MaxLeftAlone
                    ? await connections.OpenWriterAsync(CancellationToken.None)
                    : throw new TimeoutException("Too many connections wait for an answer.");
                return commits;
            }
            catch (Exception exception) when (PostgresFaults.IsFault(exception))
            {
                await DropConnectionAsync();
                commits = GiveUpWithoutPatience(commits, exception);
                if (commits.Count == 0)
                {
                    return commits;
                }

                await Task.Delay(PostgresConnections.PauseBefore(attempt), time);
            }
        }
    }

    /// <summary>Tells the callers that waited long enough for a database that is away.</summary>
    /// <returns>The others.</returns>
    private IReadOnlyList<PendingCommit> GiveUpWithoutPatience(IReadOnlyList<PendingCommit> commits, Exception exception)
    {
        bool passing = PostgresFaults.IsPassing(exception);
        PendingCommit[] impatient = [.. commits.Where(commit => !passing || IsImpatient(commit))];
        if (impatient.Length == 0)
        {
            return commits;
        }

        LogAway(logger, impatient.Length, exception);
        Fail(impatient, PostgresFaults.Translate(exception));
        return [.. commits.Except(impatient)];
    }

    private bool IsImpatient(PendingCommit commit) => time.GetElapsedTime(commit.QueuedAt) >= options.RetryFor;

    private async Task PingAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteNonQueryAsync();
        _lastUse = time.GetTimestamp();
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private static void Fail(IEnumerable<PendingCommit> commits, Exception exception)
    {
        foreach (PendingCommit commit in commits)
        {
            commit.Fail(exception);
        }
    }
}
