using Microsoft.Extensions.Logging;

namespace AgentSessions.Embedded.Checkpoints;

internal sealed partial class Checkpointer
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's checkpoint failed and will be tried again")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
