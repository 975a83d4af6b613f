using AgentSessions.Client;
using AgentSessions.Load;
using AgentSessions.Protocol.Errors;

namespace AgentSessions.Cli.Errors;

/// <summary>Says what went wrong in one line, and what a script makes of it.</summary>
internal static class Failures
{
    /// <summary>The exit code and the text of an expected failure, empty where nothing is wrong; null for any other.</summary>
    public static (int ExitCode, string Text)? Of(Exception exception) => exception switch
    {
        CliException cli => (cli.ExitCode, cli.Message),
        SessionException session => (CodeOf(session.Code), TextOf(session)),
        AgentTurnException turn => (ExitCode.Failed, turn.Message),
        LoadException load => (ExitCode.Failed, load.Message),
        HttpIOException cut => (ExitCode.Unreachable, $"The server broke off: {cut.Message}"),
        IOException or UnauthorizedAccessException => (ExitCode.Failed, exception.Message),
        HttpRequestException http => (ExitCode.Unreachable, $"The server cannot be reached: {http.Message}"),
        OperationCanceledException => (ExitCode.Interrupted, ""),
        _ => null,
    };

    public static int CodeOf(SessionErrorCode code) => code switch
    {
        SessionErrorCode.SessionNotFound or SessionErrorCode.RunNotFound or SessionErrorCode.UnknownAgent => ExitCode.NotFound,
        SessionErrorCode.SessionClosed or SessionErrorCode.SessionExpired => ExitCode.Closed,
        SessionErrorCode.Unauthenticated or SessionErrorCode.Forbidden => ExitCode.Denied,
        SessionErrorCode.ServerUnreachable or SessionErrorCode.TimedOut => ExitCode.Unreachable,
        _ => ExitCode.Failed,
    };

    private static string TextOf(SessionException exception) =>
        exception.ClosedReason is { } reason ? $"{exception.Message} (reason: {reason})" : exception.Message;
}
