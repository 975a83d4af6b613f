using System.Net;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Addressing;

public sealed class CorsTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    private const string Origin = "http://app.example";

    [Theory]
    [InlineData("/api/v1/sessions", "POST")]
    [InlineData("/api/v1/sessions/a%2Fb", "PATCH")]
    [InlineData("/api/v1/sessions/%zz", "GET")]
    [InlineData("/realtime/v1/sessions/x/in/append", "POST")]
    [InlineData("/realtime/v1/sessions/x/out", "GET")]
    [InlineData("/realtime/v1/sessions/x/channels/y/out", "GET")]
    [InlineData("/api/v3/runs/x", "GET")]
    [InlineData("/api/v1/no/such/path", "GET")]
    public async Task Preflight_NeedsNoCredentialAndEchoesTheHeaders(string path, string method)
    {
        const string wanted = "authorization,content-type,x-part-id,x-custom-header";

        string answer = await RawConnection.AskAsync(
            server, $"OPTIONS {path}", "", $"Origin: {Origin}", $"Access-Control-Request-Method: {method}", $"Access-Control-Request-Headers: {wanted}");

        Assert.StartsWith("HTTP/1.1 204 ", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"Access-Control-Allow-Headers: {wanted}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Max-Age: 300\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Allow-Credentials", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preflight_WithHeadersThatCannotBeEchoed_LeavesThemOut()
    {
        string answer = await RawConnection.AskAsync(
            server, "OPTIONS /api/v1/sessions", "", $"Origin: {Origin}", "Access-Control-Request-Headers: x\u00e9(){}");
        Assert.Matches("^HTTP/1.1 (204|400) ", answer);
        Assert.DoesNotContain("Access-Control-Allow-Headers", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryError_CanBeReadByABrowser()
    {
        string id = Calls.NewId();
        await server.CreateAsync(id);
        string closed = Calls.NewId();
        await server.CreateAsync(closed);
        await server.SendAsync("POST", Calls.SessionPath(closed, "/close"));
        (int Status, Task<Answer> Answer)[] answers =
        [
            (401, SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x", "bad")),
            (403, SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x", server.TokenFor("read:sessions:x"))),
            (404, SendAsync("POST", Calls.ChannelPath("nobody", "in/append"), "x")),
            (409, SendAsync("POST", Calls.ChannelPath(closed, "in/append"), "x")),
            (413, SendAsync("POST", Calls.ChannelPath(id, "in/append"), new byte[2 * 1024 * 1024])),
            (400, SendAsync("POST", "/api/v1/sessions", "{nope")),
            (404, SendAsync("GET", "/api/v1/no/such/path", null)),
            (404, SendAsync("POST", "/realtime/v9", "x")),
            (404, SendAsync("GET", "/api/agent/chat/no/such/path", null)),
            (405, SendAsync("DELETE", "/api/v1/sessions", null)),
            (200, SendAsync("GET", Calls.SessionPath(id), null)),
        ];
        foreach ((int status, Task<Answer> task) in answers)
        {
            Answer answer = await task;
            Assert.Equal((HttpStatusCode)status, answer.Status);
            Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
            Assert.Equal("*", answer.Header("Access-Control-Expose-Headers"));
            Assert.Null(answer.Header("Access-Control-Allow-Credentials"));
            Assert.True(status == 200 || answer.Json.GetProperty("error").GetString() is { Length: > 0 });
        }
    }

    private Task<Answer> SendAsync(string method, string path, object? body, string token = GatewayServer.Key) =>
        server.SendAsync(method, path, body, token, ("Origin", Origin));
}
