using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Runs.Hosting;

internal sealed partial class AgentRun
{
    [LoggerMessage(2040, LogLevel.Information, "Run {RunId} of agent {Agent} in {SessionId} ended: {End}.")]
    private partial void LogEnded(string runId, string agent, string sessionId, RunEnd end);

    [LoggerMessage(2041, LogLevel.Error, "Run {RunId} of agent {Agent} in {SessionId} failed.")]
    private partial void LogFailed(string runId, string agent, string sessionId, Exception exception);

    [LoggerMessage(2046, LogLevel.Warning, "Run {RunId} of agent {Agent} in {SessionId} failed with an error for the user: {Kind}.")]
    private partial void LogRefused(string runId, string agent, string sessionId, string kind);

    [LoggerMessage(2042, LogLevel.Error, "{Hook} of run {RunId} failed.")]
    private partial void LogHookFailed(string runId, string hook, Exception exception);

    [LoggerMessage(2047, LogLevel.Warning, "{Hook} of run {RunId} did not come back after a stop; the run goes on without it.")]
    private partial void LogHookLeft(string runId, string hook);

    [LoggerMessage(2043, LogLevel.Warning, "A callback of run {RunId} failed when the run was cut off.")]
    private partial void LogCallbackFailed(string runId, Exception exception);

    [LoggerMessage(2044, LogLevel.Warning, "Run {RunId} could not reach its session and tries again: {Reason}")]
    private partial void LogOwnerRetry(string runId, string reason);

    [LoggerMessage(2045, LogLevel.Warning, "Run {RunId} could not see whether its session is closed.")]
    private partial void LogCloseUnknown(string runId, Exception exception);
}
