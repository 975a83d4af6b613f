using ModelContextProtocol;
using ModelContextProtocol.Client;

namespace AgentSessions.Models.Mcp;

/// <summary>Tells broken connections from other failures, and describes failures without quoting anyone.</summary>
internal static class McpBreaks
{
    public static bool IsBreak(Exception exception) => exception is McpProtocolException protocol
        ? IsLostSession(protocol)
        : exception is IOException or HttpRequestException or ObjectDisposedException or McpException or InvalidOperationException;

    /// <summary>Whether it is certain that the server did not begin the call: it refused the request, for not knowing our session any more, or nobody listens.</summary>
    public static bool NeverArrived(Exception exception) => exception switch
    {
        McpProtocolException protocol => IsLostSession(protocol),
        HttpRequestException { StatusCode: { } status } => (int)status is >= 400 and < 500,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => true,
        _ => false,
    };

    // Messages of exceptions here can hold what a process wrote or a server answered, secrets included.
    public static string Describe(Exception exception) => exception switch
    {
        TimeoutException => "no answer in time",
        HttpRequestException { StatusCode: { } status } => $"HTTP {(int)status}",
        HttpRequestException { HttpRequestError: var error } => $"HTTP {error}",
        ClientTransportClosedException { Details: StdioClientCompletionDetails { ExitCode: { } code } } => $"the process ended with {code}",
        { InnerException: System.ComponentModel.Win32Exception } or System.ComponentModel.Win32Exception => "the command cannot be started",
        _ => exception.GetType().Name,
    };

    // The protocol wants a 404 from a restarted server, but the reference server and those made after it answer with this.
    private static bool IsLostSession(McpProtocolException exception) =>
        (int)exception.ErrorCode is >= -32099 and <= -32000 && exception.Message.Contains("session", StringComparison.OrdinalIgnoreCase);
}
