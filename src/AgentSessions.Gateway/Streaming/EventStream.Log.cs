using Microsoft.Extensions.Logging;

namespace AgentSessions.Gateway.Streaming;

internal sealed partial class EventStream
{
    [LoggerMessage(5010, LogLevel.Warning, "A stream could not be read on")]
    private partial void LogReadFailed(Exception exception);
}
