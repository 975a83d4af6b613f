using System.IO.Pipelines;
using System.Runtime.CompilerServices;
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

    /// <summary>Reads on in a request's body.</summary>
    /// <exception cref="ConnectionResetException">The caller left.</exception>
    /// <exception cref="BadHttpRequestException">The body is malformed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<ReadResult> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is OverflowException)
        {
            // So Kestrel says that a chunk has a size which is no number it knows.
            throw new BadHttpRequestException(exception.Message, exception);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // A reset of an HTTP/2 stream shows itself here as any input error, and may do so before the request is cancelled.
            throw new ConnectionResetException(exception.Message, exception);
        }
    }
}
