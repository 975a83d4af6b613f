using System.Net.Sockets;

namespace AgentSessions.Models.Calls;

/// <summary>Why an endpoint cannot be reached, in words of our own: those of the runtime hold the address, which may hold credentials.</summary>
internal static class NetworkReason
{
    /// <summary>The reason; null if it is not known.</summary>
    public static string? Of(Exception exception) => exception switch
    {
        OperationCanceledException => "no connection in time",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name cannot be resolved",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            "no secure connection, such as for a certificate that is not trusted",
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => "the proxy refused",
        HttpRequestException http => Of(SocketErrorOf(http)) ?? (http.HttpRequestError == HttpRequestError.ConnectionError ? "no connection" : null),
        _ => null,
    };

    private static string? Of(SocketError? error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset or SocketError.ConnectionAborted => "connection reset",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name cannot be resolved",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown => "no way to its network or host",
        SocketError.TimedOut => "no connection in time",
        _ => null,
    };

    private static SocketError? SocketErrorOf(Exception exception)
    {
        for (Exception? inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }
}
