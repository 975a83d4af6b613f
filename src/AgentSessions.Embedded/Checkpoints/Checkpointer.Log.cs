using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Checkpoints;

internal sealed partial class Checkpointer
{
    [LoggerMessage(3010, LogLevel.Warning, "The store's checkpoint failed and will be tried again")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
