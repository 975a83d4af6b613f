using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Errors;

internal sealed partial class ProblemMiddleware
{
    [LoggerMessage(5001, LogLevel.Error, "A request failed unexpectedly")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(5002, LogLevel.Warning, "A request was answered with {Status}")]
    private partial void LogUnavailable(int status, Exception exception);
}
