using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Errors;

/// <summary>Tells callers who left from failures of ours.</summary>
internal static class CallerLeft
{
    /// <summary>
    /// Whether a failure only says that there is nobody to answer any more: not every goodbye is a cancellation, a connection that is reset in the
    /// middle of a body shows itself to whoever reads.
    /// </summary>
    public static bool Explains(Exception exception, HttpContext context) =>
        exception is ConnectionResetException
        || (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);
}
