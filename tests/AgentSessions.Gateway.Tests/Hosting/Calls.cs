using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Protocol.Records;
using AgentSessions.Protocol.Tokens;

namespace AgentSessions.Gateway.Tests.Hosting;

/// <summary>Short forms of calls.</summary>
internal static class Calls
{
    private static int _ids;

    public static string NewId(string prefix = "chat") => $"{prefix}-{Interlocked.Increment(ref _ids)}";

    public static string SessionPath(string id, string rest = "") => $"/api/v1/sessions/{Uri.EscapeDataString(id)}{rest}";

    public static string ChannelPath(string id, string rest) => $"/realtime/v1/sessions/{Uri.EscapeDataString(id)}/{rest}";

    public static async Task<Answer> SendAsync(
        this GatewayServer server,
        string method,
        string path,
        object? body = null,
        string? token = GatewayServer.Key,
        params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = NewRequest(method, path, body, token, headers);
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, text);
    }

    public static HttpRequestMessage NewRequest(string method, string path, object? body, string? token, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body switch
        {
            null => null,
            byte[] bytes => new ByteArrayContent(bytes),
            string text => new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
            _ => new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        return request;
    }

    /// <summary>Creates a session and answers its body.</summary>
    public static async Task<JsonElement> CreateAsync(this GatewayServer server, string? externalId, string token = GatewayServer.Key, string extra = "")
    {
        Answer answer = await server.SendAsync("POST", "/api/v1/sessions", CreateBody(externalId, extra), token);
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    public static string CreateBody(string? externalId, string extra = "") =>
        $$$"""{"type":"chat.agent",{{{(externalId is null ? "" : $"\"externalId\":{JsonSerializer.Serialize(externalId)},")}}}"taskIdentifier":"echo","triggerConfig":{"basePayload":{"trigger":"preload"}}{{{extra}}}}""";

    public static string TokenFor(this GatewayServer server, params string[] scopes) => server.TokenOf(EnvironmentDefault, TimeSpan.FromHours(1), scopes);

    public static string TokenOf(this GatewayServer server, string environment, TimeSpan lifetime, params string[] scopes)
    {
        DateTimeOffset now = server.Clock.GetUtcNow();
        return server.Keys.Sign(new SessionTokenClaims(environment, scopes, now, now + lifetime));
    }

    /// <summary>Creates a session with these records on its <c>out</c>, and tells its id.</summary>
    public static async Task<string> TalkAsync(this GatewayServer server, params string[] records)
    {
        string id = NewId();
        await server.CreateAsync(id);
        if (records.Length > 0)
        {
            await server.SayAsync(id, records);
        }

        return id;
    }

    /// <summary>Writes records to the session's <c>out</c>: text becomes a data record, <c>!subtype</c> a control record, <c>%</c> a trim.</summary>
    public static async Task<RecordBatch> SayAsync(this GatewayServer server, string externalId, params string[] records)
    {
        NewRecord[] list = [.. records.Select(static (text, i) => text switch
        {
            "%" => new NewRecord("\0\0\0\0\0\0\0\t"u8.ToArray(), [new RecordHeader("", ControlHeaders.Trim)]),
            ['!', ..] => new NewRecord(Array.Empty<byte>(), [new RecordHeader(ControlHeaders.Control, text[1..])]),
            _ => new NewRecord(JsonSerializer.SerializeToUtf8Bytes(new { data = new { type = "text-delta", id = "t", delta = text }, id = $"r{i}" }), []),
        })];
        return await server.Engine.AppendRecordsAsync(StreamId.Out(new SessionKey(EnvironmentDefault, externalId)), list, expectedTail: null, CancellationToken.None);
    }

    public const string EnvironmentDefault = "default";
}
