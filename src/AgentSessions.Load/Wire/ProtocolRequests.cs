using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentSessions.Load.Wire;

/// <summary>The requests of the sessions protocol as bytes.</summary>
internal sealed class ProtocolRequests(LoadTarget target, Uri address)
{
    private static readonly JsonSerializerOptions _json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly string _common =
        $"Host: {address.Authority}\r\nAuthorization: Bearer {target.SecretKey}\r\n";

    private readonly string _path = address.AbsolutePath.TrimEnd('/');

    /// <summary>Creates a session whose run starts and waits for its first message.</summary>
    public byte[] Create(string session, TimeSpan? idleTimeout) =>
        Post("/api/v1/sessions", "", new
        {
            type = "chat.agent",
            externalId = session,
            taskIdentifier = target.Agent,
            triggerConfig = new { basePayload = new { trigger = "preload", chatId = session }, idleTimeoutInSeconds = (int?)idleTimeout?.TotalSeconds },
        });

    /// <summary>Appends <c>go COUNT DELAY_MS</c> under a message id and part id of its own.</summary>
    public byte[] Append(string session, int chunks, TimeSpan delay, long message) =>
        Post($"/realtime/v1/sessions/{Uri.EscapeDataString(session)}/in/append", $"X-Part-Id: {session}-{message}\r\n", new
        {
            kind = "message",
            payload = new
            {
                message = new { id = $"message-{message}", role = "user", parts = new[] { new { type = "text", text = $"go {chunks} {(int)delay.TotalMilliseconds}" } } },
                chatId = session,
                trigger = "submit-message",
            },
        });

    /// <summary>Tails <c>out</c> after a sequence number, or from the beginning.</summary>
    /// <param name="session">External id.</param>
    /// <param name="after">Last sequence number seen; null to start at the beginning.</param>
    /// <param name="settled">Ask the server to end the stream once everything is delivered and nothing is owed.</param>
    public byte[] Tail(string session, long? after, bool settled)
    {
        string cursor = after is { } seen ? $"Last-Event-ID: {seen}\r\n" : "";
        string peek = settled ? "X-Peek-Settled: 1\r\n" : "";
        return Encoding.ASCII.GetBytes(
            $"GET {_path}/realtime/v1/sessions/{Uri.EscapeDataString(session)}/out HTTP/1.1\r\n{_common}"
            + $"Accept: text/event-stream\r\nTimeout-Seconds: 600\r\n{cursor}{peek}\r\n");
    }

    /// <summary>Lists the newest sessions.</summary>
    public byte[] List(int pageSize) =>
        Encoding.ASCII.GetBytes($"GET {_path}/api/v1/sessions?page%5Bsize%5D={pageSize} HTTP/1.1\r\n{_common}\r\n");

    private byte[] Post<T>(string path, string headers, T content)
    {
        string body = JsonSerializer.Serialize(content, _json);
        return Encoding.UTF8.GetBytes(
            $"POST {_path}{path} HTTP/1.1\r\n{_common}Content-Type: application/json\r\n{headers}"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }
}
