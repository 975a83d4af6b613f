using AgentSessions.Agents;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Core.Turns;

/// <summary>The only way an exception reaches a user.</summary>
internal static partial class SafeErrorText
{
    /// <summary>The text to show. Never throws.</summary>
    public static string Of(Exception exception, AgentOptions options, ILoggerFactory loggers)
    {
        if (exception is AgentUserException expected)
        {
            return expected.Message;
        }

        try
        {
            return options.ErrorText(exception);
        }
        catch (Exception failure)
        {
            LogFailed(loggers.CreateLogger(typeof(SafeErrorText)), failure);
            return AgentOptions.DefaultErrorText;
        }
    }

    [LoggerMessage(2072, LogLevel.Error, "An agent's ErrorText failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
