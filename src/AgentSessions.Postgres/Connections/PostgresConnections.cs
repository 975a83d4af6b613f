using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentSessions.Postgres.Connections;

/// <summary>Opens connections and runs operations on them; waits out a database that is away for a moment.</summary>
internal sealed partial class PostgresConnections : IAsyncDisposable
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(500);

    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PrimaryServer _pool;
    private readonly PrimaryServer _writers;
    private int _isAway;

    public PostgresConnections(PostgresOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _pool = new PrimaryServer(ConnectionSettings.ForReaders(options));
        _writers = new PrimaryServer(ConnectionSettings.ForWriters(options));
    }

    /// <summary>Opens a connection of the pool, for work that brings its own rules.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _pool.OpenAsync(cancellationToken);

    /// <summary>Opens a connection of a writer's own.</summary>
    public ValueTask<NpgsqlConnection> OpenWriterAsync(CancellationToken cancellationToken) => _writers.OpenAsync(cancellationToken);

    /// <summary>Runs an operation that only reads, again and again while the database is away.</summary>
    public ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(operation, mayRepeat: true, cancellationToken);

    /// <summary>Runs one transaction that may be carried out twice, again and again while the database is away.</summary>
    public ValueTask<T> RepeatAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(operation, mayRepeat: true, cancellationToken);

    /// <summary>Runs one transaction. It is repeated only where it certainly changed nothing.</summary>
    public ValueTask<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(operation, mayRepeat: false, cancellationToken);

    /// <summary>How long to wait before another try.</summary>
    public static TimeSpan PauseBefore(int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(_longestPause.TotalMilliseconds, 10 * Math.Pow(2, Math.Min(attempt, 10))));

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        await _writers.DisposeAsync();
    }

    private async ValueTask<T> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> operation, bool mayRepeat, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            NpgsqlConnection? connection = null;
            try
            {
                NpgsqlConnection opened = connection = await _pool.OpenAsync(cancellationToken);
                if (Volatile.Read(ref _isAway) != 0 && Interlocked.Exchange(ref _isAway, 0) != 0)
                {
                    LogIsBack(_logger);
                }

                return await CutShortCommit.RefuseAsync(opened, () => operation(opened, cancellationToken));
            }
            catch (Exception exception) when (PostgresFaults.IsFault(exception))
            {
                bool repeatable = connection is null || mayRepeat || PostgresFaults.ChangedNothing(exception);
                if (!repeatable || !PostgresFaults.IsPassing(exception) || _time.GetElapsedTime(started) >= _options.RetryFor)
                {
                    LogGaveUp(attempt, isAway: connection is null, exception);
                    throw PostgresFaults.Translate(exception);
                }

                // One broken connection mostly means that all are: after a restart none of the pool's would answer.
                // And one that leads to a standby mostly means that the others do.
                if (connection is { State: ConnectionState.Closed or ConnectionState.Broken } || PostgresFaults.IsReadOnly(exception))
                {
                    _pool.Clear();
                }
            }
            finally
            {
                if (connection is not null)
                {
                    await connection.DisposeAsync();
                }
            }

            await Task.Delay(PauseBefore(attempt), _time, cancellationToken);
        }
    }

    /// <summary>While nobody is let in, everything that every session asks for fails the same way: the first tells how, the others count.</summary>
    private void LogGaveUp(int attempts, bool isAway, Exception exception)
    {
        if (isAway && Interlocked.Exchange(ref _isAway, 1) != 0)
        {
            LogStillAway(_logger, attempts);
        }
        else
        {
            LogGaveUp(_logger, attempts, exception);
        }
    }

    [LoggerMessage(3201, LogLevel.Warning, "A database operation failed after {Attempts} attempts")]
    private static partial void LogGaveUp(ILogger logger, int attempts, Exception exception);

    [LoggerMessage(3202, LogLevel.Warning, "A database operation failed after {Attempts} attempts: the database still lets nobody in")]
    private static partial void LogStillAway(ILogger logger, int attempts);

    [LoggerMessage(3203, LogLevel.Information, "The database lets us in again")]
    private static partial void LogIsBack(ILogger logger);
}
