using System.Net;
using System.Text.Json;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Addressing;

public sealed class RawPathTests(GatewayServer server) : IClassFixture<GatewayServer>
{
    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("a%252Fb")]
    [InlineData("a%b")]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a?b=c&d#e")]
    [InlineData("a:b;c,d")]
    [InlineData("ünï 漢字 🎈")]
    [InlineData("...")]
    [InlineData("a/../b")]
    [InlineData("/")]
    [InlineData("\\")]
    [InlineData("{session}")]
    [InlineData("*")]
    [InlineData("a\nb")]
    public async Task Trap24_IdsAreDecodedExactlyOnce(string id)
    {
        JsonElement created = await server.CreateAsync(id);
        Assert.Equal(id, created.GetProperty("externalId").GetString());

        string seen = await RawConnection.AskAsync(server, $"GET {Calls.SessionPath(id)}");

        Assert.StartsWith("HTTP/1.1 200 ", seen, StringComparison.Ordinal);
        Assert.Contains(created.GetProperty("id").GetString()!, seen, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.AskAsync(server, $"POST {Calls.ChannelPath(id, "in/append")}", "x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap24_EscapedAndDoublyEscapedSlash_AreTwoSessions()
    {
        JsonElement slash = await server.CreateAsync("two/ids");
        JsonElement escaped = await server.CreateAsync("two%2Fids");
        Assert.NotEqual(slash.GetProperty("id").GetString(), escaped.GetProperty("id").GetString());
        Assert.Contains(slash.GetProperty("id").GetString()!, await RawConnection.AskAsync(server, "GET /api/v1/sessions/two%2Fids"), StringComparison.Ordinal);
        Assert.Contains(escaped.GetProperty("id").GetString()!, await RawConnection.AskAsync(server, "GET /api/v1/sessions/two%252Fids"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/sessions/%")]
    [InlineData("/api/v1/sessions/%4")]
    [InlineData("/api/v1/sessions/%zz")]
    [InlineData("/api/v1/sessions/%+1")]
    [InlineData("/api/v1/sessions/a%00b")]
    [InlineData("/api/v1/sessions/%ff")]
    [InlineData("/api/v1/sessions/%ED%A0%80")]
    [InlineData("/api/v1/sessions/%C0%AF")]
    [InlineData("/api/v1/sessions/.")]
    [InlineData("/api/v1/sessions/..")]
    [InlineData("/api/v1/sessions/%2e%2E")]
    [InlineData("/api/v1/sessions/%2e")]
    [InlineData("/api/v1/sessions/x/../y")]
    [InlineData("/realtime/v1/sessions/%2e%2e/in/append")]
    [InlineData("/elsewhere/../api/v1/sessions/x")]
    [InlineData("/elsewhere/%2e%2e/api/v1/sessions/a%2541")]
    public async Task Path_ThatIsMalformed_Is400(string path) =>
        Assert.StartsWith("HTTP/1.1 400 ", await RawConnection.AskAsync(server, $"GET {path}"), StringComparison.Ordinal);

    [Fact]
    public async Task Path_ThatIsMalformed_IsExplainedWithCors()
    {
        string answer = await RawConnection.AskAsync(server, "GET /api/v1/sessions/%zz", "", "Origin: http://app.example");
        Assert.Contains("Access-Control-Allow-Origin: *", answer, StringComparison.Ordinal);
        Assert.Contains("{\"error\":\"The path is malformed\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AbsoluteForm_IsServed()
    {
        await server.CreateAsync("absolute/id");
        string answer = await RawConnection.AskAsync(server, "GET http://localhost/api/v1/sessions/absolute%2Fid?x=1");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OptionsAsterisk_IsAnswered() =>
        Assert.StartsWith("HTTP/1.1 204 ", await RawConnection.AskAsync(server, "OPTIONS *"), StringComparison.Ordinal);

    [Theory]
    [InlineData("GET *")]
    [InlineData("CONNECT localhost:80")]
    [InlineData("GET api/v1/sessions")]
    [InlineData("GET /api/v1/sessions/a b")]
    public async Task Target_ThatMakesNoSense_Is4xx(string line) =>
        Assert.Matches("^HTTP/1.1 4\\d\\d ", await RawConnection.AskAsync(server, line));

    [Theory]
    [InlineData("/a/b?c", "/a/b")]
    [InlineData("/", "/")]
    [InlineData("http://host", "/")]
    [InlineData("http://host?x", "/")]
    [InlineData("http://host/a%2Fb?c/d", "/a%2Fb")]
    [InlineData("*", null)]
    [InlineData("host:80", null)]
    public void PathOf_TakesTheEscapedPath(string target, string? path) => Assert.Equal(path, RawTarget.PathOf(target));

    [Fact]
    public async Task UnknownPath_Is404Json_AndOtherPathsAreLeftAlone()
    {
        Answer api = await server.SendAsync("GET", "/api/v1/sessions/x/y/z");
        Assert.Equal(HttpStatusCode.NotFound, api.Status);
        Assert.Equal("Not found", api.Error);
        Assert.Equal("*", api.Header("Access-Control-Allow-Origin"));
        Answer other = await server.SendAsync("GET", "/something-else");
        Assert.Equal(HttpStatusCode.NotFound, other.Status);
        Assert.Equal("", other.Text);
        Assert.Null(other.Header("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/api/chat/conversations/%f")]
    [InlineData("/api/chat/conversations/%2e%2e")]
    [InlineData("/api/permissions/%zz")]
    [InlineData("/api/documents/%2/file")]
    [InlineData("/api/agent/chat/run_%ff")]
    public async Task MalformedPath_OfAChatApi_IsASentenceAlone(string path)
    {
        string answer = await RawConnection.AskAsync(server, $"GET {path}");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("""{"error":"The path is malformed"}""", answer.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/api/v1/sessions", "GET, POST")]
    [InlineData("POST", "/api/v1/sessions/x", "DELETE, GET, PATCH")]
    [InlineData("DELETE", "/realtime/v1/sessions/x/out", "GET, HEAD, PUT")]
    [InlineData("GET", "/realtime/v1/sessions/x/in/append", "POST")]
    [InlineData("GET", "/api/v2/runs/x/cancel", "POST")]
    [InlineData("GET", "/api/v1/auth/public-tokens", "POST")]
    public async Task WrongMethod_Is405WithAllow(string method, string path, string allow)
    {
        Answer answer = await server.SendAsync(method, path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal(allow, string.Join(", ", answer.Header("Allow")!.Split(',').Select(static one => one.Trim()).Order(StringComparer.Ordinal)));
        Assert.NotNull(answer.Error);
        Assert.Equal("*", answer.Header("Access-Control-Allow-Origin"));
    }
}
