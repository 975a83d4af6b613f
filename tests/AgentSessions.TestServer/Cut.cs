using System.Net;

namespace AgentSessions.TestServer;

/// <summary>What a client may meet whose server is killed.</summary>
public static class Cut
{
    /// <summary>Whether this is a call refused, or a connection refused, cut or silent too long; not the test's own end.</summary>
    public static bool Is(Exception exception, CancellationToken limit) =>
        exception is HttpRequestException or IOException or OperationCanceledException && !limit.IsCancellationRequested;

    /// <summary>Whether a client need not make the call again: it was answered, and the wire does not say that it may.</summary>
    public static bool IsFinal(Exception exception) =>
        exception is HttpRequestException { StatusCode: { } status } && !IsRetryable(status, exception.Message);

    private static bool IsRetryable(HttpStatusCode status, string answer) => status switch
    {
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        HttpStatusCode.InternalServerError => answer.Contains("\"store_unavailable\"", StringComparison.Ordinal),
        _ => false,
    };
}
