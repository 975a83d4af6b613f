using AgentSessions.Core.Storage;
using AgentSessions.Postgres.Connections;
using AgentSessions.Postgres.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentSessions.Postgres;

/// <summary>What happens once before the store is used: wait, check the server, bring the schema up to date.</summary>
internal sealed partial class PostgresStart(PostgresOptions options, PostgresConnections connections, TimeProvider time, ILogger logger)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LogConnecting(logger, ConnectionSettings.Describe(options));
        await using NpgsqlConnection connection = await WaitForServerAsync(cancellationToken);
        await CheckServerAsync(connection, cancellationToken);
        if (options.ApplySchema)
        {
            int applied = await PostgresSchema.ApplyAsync(connection, [SchemaModule.Sessions], cancellationToken);
            LogReady(logger, applied);
        }
        else
        {
            await PostgresSchema.CheckAsync(connection, [SchemaModule.Sessions], cancellationToken);
        }
    }

    private async Task<NpgsqlConnection> WaitForServerAsync(CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await connections.OpenAsync(cancellationToken);
            }
            catch (Exception exception) when (PostgresFaults.IsFault(exception))
            {
                if (!PostgresFaults.IsPassing(exception) || time.GetElapsedTime(started) >= options.StartTimeout)
                {
                    throw new StoreUnavailableException(
                        $"PostgreSQL at {ConnectionSettings.Describe(options)} does not let us in: {Reason(exception)}. Check {PostgresOptions.Section}:ConnectionString.",
                        exception);
                }

                if (attempt == 1)
                {
                    LogWaiting(logger, Reason(exception), options.StartTimeout);
                }
            }

            await Task.Delay(PostgresConnections.PauseBefore(attempt), time, cancellationToken);
        }
    }

    /// <summary>The server's own words, or the socket's; neither holds a password.</summary>
    private static string Reason(Exception exception) => exception switch
    {
        PostgresException told => $"{told.MessageText} ({told.SqlState})",
        NpgsqlException { InnerException: { } cause } => cause.Message.TrimEnd('.'),
        _ => exception.Message.TrimEnd('.'),
    };

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await DurabilityRule.FindProblemAsync(connection, cancellationToken) is { } problem)
        {
            if (!options.AllowUnsafeServer)
            {
                throw new InvalidOperationException(
                    $"{problem} Turn it on, or set {PostgresOptions.Section}:AllowUnsafeServer if data may be lost.");
            }

            LogUnsafe(logger, problem);
        }
    }

    [LoggerMessage(3220, LogLevel.Information, "Connecting to PostgreSQL at {Server}")]
    private static partial void LogConnecting(ILogger logger, string server);

    [LoggerMessage(3221, LogLevel.Information, "PostgreSQL is ready; {Applied} schema scripts were applied")]
    private static partial void LogReady(ILogger logger, int applied);

    [LoggerMessage(3223, LogLevel.Warning, "PostgreSQL does not answer: {Reason}. It is tried again for {Limit}")]
    private static partial void LogWaiting(ILogger logger, string reason, TimeSpan limit);

    [LoggerMessage(3222, LogLevel.Warning, "{Problem}")]
    private static partial void LogUnsafe(ILogger logger, string problem);
}
