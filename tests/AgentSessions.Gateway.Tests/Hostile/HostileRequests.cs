using System.Text;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Hostile;

/// <summary>How a request ends on the wire.</summary>
internal enum HostileEnd
{
    /// <summary>As it says.</summary>
    Whole,

    /// <summary>As it says, with another request right behind it, in the same write.</summary>
    Followed,

    /// <summary>Nobody can tell where: what is right behind it must not be taken for a request.</summary>
    Broken,

    /// <summary>Never: its sender is done before it is.</summary>
    Cut,
}

/// <summary>A request meant to do harm.</summary>
/// <param name="Bytes">As sent.</param>
/// <param name="IsHead">Whether the answer has no body.</param>
/// <param name="MayPass">Whether its credential is good for what it asks, so that it may be served if it is well-formed.</param>
/// <param name="End">How it ends.</param>
internal sealed record HostileRequest(byte[] Bytes, bool IsHead, bool MayPass, HostileEnd End)
{
    public override string ToString() => Encoding.Latin1.GetString(Bytes, 0, Math.Min(Bytes.Length, 600)).ReplaceLineEndings("⏎");
}

/// <summary>Makes hostile requests; the same number is always the same request.</summary>
internal sealed class HostileRequests(string session, HostileTokens tokens, string good)
{
    private static readonly string[] _methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "get", "TRACE", "PROPFIND", "FOO"];

    /// <summary>A good credential that is nobody's operator.</summary>
    public const string User = "pk_live_mallory_0123456789abcdef0123456789";

    private static readonly string[] _operated = ["/api/v1", "/api/v2", "/api/v3", "/api/console", "/realtime", "/mcp", "/metrics"];

    private static readonly (string Method, string Path)[] _calls =
    [
        .. HostileRoutes.Others,
        ("POST", "/api/v1/sessions"), ("GET", "/api/v1/sessions"), ("GET", "/api/v1/sessions/{id}"), ("PATCH", "/api/v1/sessions/{id}"),
        ("POST", "/api/v1/sessions/{id}/close"), ("DELETE", "/api/v1/sessions/{id}"), ("GET", "/api/v1/sessions/{id}/runs"),
        ("POST", "/api/v1/sessions/{id}/end-and-continue"), ("GET", "/api/v1/sessions/{id}/transcript"), ("GET", "/api/v1/sessions/{id}/snapshot-url"),
        ("GET", "/api/v1/sessions/{id}/snapshot"), ("GET", "/realtime/v1/sessions/{id}/out"), ("HEAD", "/realtime/v1/sessions/{id}/out"),
        ("GET", "/realtime/v1/sessions/{id}/out/records"), ("POST", "/realtime/v1/sessions/{id}/in/append"), ("POST", "/realtime/v1/sessions/{id}/out/append"),
        ("PUT", "/realtime/v1/sessions/{id}/out"), ("GET", "/realtime/v1/sessions/{id}/channels/{id}/out"), ("POST", "/realtime/v1/sessions/{id}/channels/{id}/in/append"),
        ("GET", "/api/v3/runs/{id}"), ("POST", "/api/v2/runs/{id}/cancel"), ("POST", "/api/v1/auth/public-tokens"), ("POST", "/api/v1/auth/jwt/claims"),
    ];

    private static readonly string[] _ids =
    [
        "..", ".", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "a%00b", "%", "%zz", "%2", "%c0%af", "%ff%fe", "%ed%a0%80", "*", "a:b", "a%20read:sessions:b", "%0d%0aX-Evil:1", "%0a",
        "a%2Fb", "a%5Cb", "a;b", "a'or'1'='1", "%22%3E%3Cscript%3E", "\u00e9", "%F0%9F%98%80", "session_", "session_x", "run_1", "-1", "null", "undefined", "__proto__", "%25%32%65",
        "%E2%80%AE", "${jndi:ldap://x}", "{{7*7}}", "$(id)", "`id`", "con", "a%09b", "%7f",
    ];

    private static readonly string[] _queries =
    [
        "", "", "", "?", "?limit=-1", "?limit=99999999999999999999", "?limit=abc", "?page[size]=-5", "?page[size]=1e9", "?page[after]=%00", "?page[after]=zzz", "?after=-2",
        "?after=9223372036854775808", "?from=NaN", "?filter[tags]=%ff", "?filter[status]=DROP", "?%00=%00", "?a=b&a=c&a=d", "?limit[]=1", "?x=%F0%28%8C%28", "?[]=", "?=&=&=",
    ];

    private static readonly string[] _headers =
    [
        "Last-Event-ID: -5", "Last-Event-ID: 99999999999999999999999", "Last-Event-ID: abc", "Last-Event-ID: 1\r\nLast-Event-ID: 2", "Timeout-Seconds: -1", "Timeout-Seconds: 1e9", "Timeout-Seconds: x",
        "X-Part-Id: ", "X-Part-Id: \u00ff\u00fe", "Content-Encoding: gzip", "Content-Encoding: br, gzip", "Accept: */*;q=abc", "Accept-Encoding: gzip;q=2", "Origin: null",
        "Origin: http://evil.example", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.example", "X-HTTP-Method-Override: DELETE", "X-Original-URL: /api/v1/sessions", "Range: bytes=0-99999999999",
        "If-Match: \"x\"", "If-None-Match: *", "Expect: 100-continue", "Upgrade: websocket", "Cookie: token=" + GatewayServer.Key, "X-Peek-Settled: maybe", "traceparent: 00-zz", "Accept-Language: " + "x,",
        "Proxy-Authorization: Bearer x", "Content-MD5: !!!", "Idempotency-Key: \t",
    ];

    private static readonly string[] _types = ["application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=", "application/x-www-form-urlencoded", "", "application/xml", "a/b/c"];

    private static readonly string[] _values =
    [
        "null", "true", "0", "-0", "1e999", "-1e-999", "99999999999999999999999999", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udfff\\ud800\"", "[]", "{}", "[[[]]]", "\"__proto__\"", "{\"__proto__\":{}}",
        "\"data: x\\n\\nevent: error\\n\\n\"", "\"trigger:close\"", "\"2026-13-45T99:99:99Z\"", "\"9999-12-31T23:59:59.9999999Z\"", "\"0001-01-01\"", "\"javascript:alert(1)\"", "[1,\"a\",null,{}]",
    ];

    private static readonly string[] _fields =
    [
        "type", "externalId", "taskIdentifier", "triggerConfig", "tags", "metadata", "expiresAt", "kind", "payload", "message", "trigger", "chatId", "reason", "callingRunId", "scopes", "expirationTime",
        "basePayload", "maxAttempts", "parts", "id", "role", "actionSource", "continuation", "headStartMessages", "content", "messages", "conversationId", "runtimeId", "modelId", "title",
        "requestId", "decision", "answers", "mentions", "text", "name", "by", "session", "user", "receipt", "jsonrpc", "method", "params", "arguments", "pattern", "toolName", "approved",
    ];

    public HostileRequest Make(int number)
    {
        var random = new Random(number);
        (string method, string path) = Pick(random, _calls);
        method = random.Next(8) == 0 ? Pick(random, _methods) : method;
        bool ends = method == "DELETE" || path.EndsWith("/close", StringComparison.Ordinal);
        path = path.Replace("{id}", random.Next(2) == 0 && !ends ? session : Id(random), StringComparison.Ordinal) + Pick(random, _queries);
        path = random.Next(40) == 0 ? Pick(random, ["//", "/api//v1/sessions", "/./api/v1/sessions", "/api/v1/../v1/sessions", "/%61pi/v1/sessions", "*", "http://evil.example/api/v1/sessions", "/" + new string('a', 6000)]) : path;
        string? known = random.Next(3) > 0 ? Pick(random, [good, GatewayServer.Key, User]) : null;
        string credential = known is null ? tokens.Any(random) : $"Bearer {known}";
        byte[] body = method is "GET" or "HEAD" or "TRACE" or "get" && random.Next(4) > 0 ? [] : Body(random);
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {(random.Next(30) == 0 ? "evil.example:99999" : "localhost")}\r\nTimeout-Seconds: 1\r\n");
        head.Append(credential.Length > 0 ? $"Authorization: {credential}\r\n" : "");
        bool isChunked = body.Length > 0 && random.Next(6) == 0;
        head.Append(isChunked ? "Transfer-Encoding: chunked\r\n" : body.Length > 0 || random.Next(3) == 0 ? $"Content-Length: {body.Length}\r\n" : "");
        head.Append(body.Length > 0 ? $"Content-Type: {Pick(random, _types)}\r\n" : "");
        for (int i = random.Next(3); i > 0; i--)
        {
            head.Append($"{(random.Next(60) == 0 ? $"X-Part-Id: {new string('p', random.Next(200, 9000))}" : Pick(random, _headers))}\r\n");
        }

        HostileEnd end = isChunked && random.Next(2) == 0 ? Pick(random, [HostileEnd.Broken, HostileEnd.Cut]) : random.Next(16) == 0 ? HostileEnd.Followed : HostileEnd.Whole;
        body = !isChunked ? body
            : end == HostileEnd.Broken ? HostileChunks.Broken(random, body)
            : end == HostileEnd.Cut ? HostileChunks.Cut(random, body)
            : HostileChunks.Whole(random, body);
        return new HostileRequest([.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], method == "HEAD", known is not null && MayPass(known, method, path), end);
    }

    /// <summary>The key opens everything, a user's token the chat APIs of others, a session's token what a chat does with its own session.</summary>
    private bool MayPass(string credential, string method, string path) => credential switch
    {
        GatewayServer.Key => true,
        User => !_operated.Any(start => path.StartsWith(start, StringComparison.Ordinal)),
        _ => path.StartsWith("/mcp", StringComparison.Ordinal)
            || (path.Contains($"/v1/sessions/{session}", StringComparison.Ordinal) && method is not ("DELETE" or "PATCH") && !path.Contains("/close", StringComparison.Ordinal)
                && !path.StartsWith("/api/console", StringComparison.Ordinal)),
    };

    private static string Id(Random random) => random.Next(30) == 0 ? new string(Pick(random, ["a", "%41", "."])[0], random.Next(100, 7000)) : Pick(random, _ids);

    private static byte[] Body(Random random)
    {
        byte[] json = Encoding.UTF8.GetBytes(random.Next(12) switch
        {
            0 => "",
            1 => new string('[', random.Next(1, 3000)),
            2 => string.Concat(Enumerable.Repeat("{\"a\":", random.Next(1, 2000))),
            3 => Pick(random, _values),
            4 => $"\"{new string('x', random.Next(20_000))}\"",
            5 => "\ufeff{}",
            _ => Fields(random, depth: 0),
        });
        switch (random.Next(10))
        {
            case 0 when json.Length > 0:
                json[random.Next(json.Length)] = (byte)random.Next(256);
                return json;
            case 1:
                return json[..random.Next(json.Length + 1)];
            case 2:
                return [.. json, .. json];
            default:
                return json;
        }
    }

    private static string Fields(Random random, int depth)
    {
        var fields = new List<string>();
        if (depth == 0 && random.Next(2) == 0)
        {
            fields.AddRange(["\"type\":\"chat.agent\"", "\"taskIdentifier\":\"echo\"", "\"triggerConfig\":{\"basePayload\":{}}"]);
        }

        for (int i = random.Next(1, 6); i > 0; i--)
        {
            fields.Add($"\"{Pick(random, _fields)}\":{(depth < 4 && random.Next(3) == 0 ? Fields(random, depth + 1) : Pick(random, _values))}");
        }

        return $"{{{string.Join(',', fields)}}}";
    }

    private static T Pick<T>(Random random, T[] choices) => choices[random.Next(choices.Length)];
}
