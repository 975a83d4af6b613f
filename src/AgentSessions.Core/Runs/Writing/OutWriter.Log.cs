using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Writing;

internal sealed partial class OutWriter
{
    [LoggerMessage(2001, LogLevel.Warning, "Run {RunId} could not write its out and tries again in {Delay}: {Reason}")]
    private partial void LogRetry(string runId, TimeSpan delay, string reason);

    [LoggerMessage(2002, LogLevel.Error, "Run {RunId} can no longer write its out.")]
    private partial void LogEnded(string runId, Exception exception);
}
