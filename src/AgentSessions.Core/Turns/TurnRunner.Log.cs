using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns;

internal sealed partial class TurnRunner
{
    [LoggerMessage(2020, LogLevel.Error, "Turn {Turn} of run {RunId} of agent {Agent} in {SessionId} failed.")]
    private partial void LogFailed(string runId, string agent, string sessionId, int turn, Exception exception);

    [LoggerMessage(2024, LogLevel.Information, "Turn {Turn} of run {RunId} of agent {Agent} in {SessionId} ended with an error for the user: {Kind}.")]
    private partial void LogRefused(string runId, string agent, string sessionId, int turn, string kind);

    [LoggerMessage(2021, LogLevel.Error, "Turn {Turn} of run {RunId} did not end when it was told to; the run goes on without it and ends.")]
    private partial void LogAbandoned(string runId, int turn);

    [LoggerMessage(2023, LogLevel.Error, "Input {Sequence} outlived too many hosts; run {RunId} gives it up.")]
    private partial void LogGivenUp(string runId, long sequence);

    [LoggerMessage(2022, LogLevel.Error, "{Hook} of run {RunId} failed.")]
    private partial void LogHookFailed(string runId, string hook, Exception exception);
}
