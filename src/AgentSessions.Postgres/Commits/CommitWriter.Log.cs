using Microsoft.Extensions.Logging;

namespace AgentSessions.Postgres.Commits;

internal sealed partial class CommitWriter
{
    [LoggerMessage(3210, LogLevel.Warning, "{Commits} commits failed")]
    private static partial void LogFailed(ILogger logger, int commits, Exception exception);

    [LoggerMessage(3211, LogLevel.Warning, "The database is away; {Commits} commits were refused")]
    private static partial void LogAway(ILogger logger, int commits, Exception exception);

    [LoggerMessage(3212, LogLevel.Debug, "{Commits} commits got into another writer's way and are sent again")]
    private static partial void LogCollision(ILogger logger, int commits);

    [LoggerMessage(3213, LogLevel.Information, "A group of {Commits} commits was rolled back; they are sent one by one")]
    private static partial void LogSplit(ILogger logger, int commits, Exception exception);

    [LoggerMessage(3214, LogLevel.Warning, "The connection broke while {Commits} commits were made; they are looked for and made again if need be")]
    private static partial void LogInDoubt(ILogger logger, int commits, Exception exception);
}
