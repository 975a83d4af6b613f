using System.Net;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.Gateway.Tests.Sink;

namespace AgentSessions.Gateway.Tests.Limits;

public sealed class RateLimitTests
{
    [Fact]
    public async Task Append_BeyondTheLimit_Is429WithHeaders_AndTheRepeatAfterTheRefillStoresOnce()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:RateLimits:AppendsPerSession", "2"), ("AgentSessions:RateLimits:Window", "00:01:00"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        await server.CreateAsync("b");
        MoveIntoWindow(server);
        Answer first = await AppendAsync(server, "a", "p0");
        await AppendAsync(server, "a", "p1");

        Answer refused = await AppendAsync(server, "a", "p2");

        Assert.Equal(("2", "1"), (first.Header("x-ratelimit-limit"), first.Header("x-ratelimit-remaining")));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal(("2", "0", "*"), (refused.Header("x-ratelimit-limit"), refused.Header("x-ratelimit-remaining"), refused.Header("Access-Control-Allow-Origin")));
        Assert.Null(refused.Header("x-should-retry"));
        Assert.NotNull(refused.Header("Retry-After"));
        DateTimeOffset reset = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(refused.Header("x-ratelimit-reset")!));
        Assert.InRange(reset - server.Clock.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(server, "b", "p0")).Status);

        server.Clock.Advance(reset - server.Clock.GetUtcNow());
        string[] repeats = [(await AppendAsync(server, "a", "p2")).Text, (await AppendAsync(server, "a", "p2")).Text];

        Assert.Equal(["""{"ok":true,"seq":2}""", """{"ok":true,"seq":2}"""], repeats);
    }

    [Fact]
    public async Task Stop_IsNotCounted_ButOnlyWhereItStops()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:RateLimits:AppendsPerSession", "1"), ("AgentSessions:RateLimits:Window", "00:01:00"));
        await own.Server.CreateAsync("a");
        MoveIntoWindow(own.Server);
        Assert.Equal(HttpStatusCode.OK, (await StopAsync("in/append")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(own.Server, "a", "p0")).Status);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await AppendAsync(own.Server, "a", "p1")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await StopAsync("channels/notes/in/append")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await StopAsync("out/append")).Status);
        Assert.Equal(HttpStatusCode.OK, (await StopAsync("in/append")).Status);

        Task<Answer> StopAsync(string channel) => own.Server.SendAsync("POST", Calls.ChannelPath("a", channel), """{"kind":"stop"}""");
    }

    [Fact]
    public async Task Append_ThroughTheSink_CountsToo()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:RateLimits:AppendsPerSession", "2"), ("AgentSessions:RateLimits:Window", "00:01:00"));
        await own.Server.CreateAsync("a");
        MoveIntoWindow(own.Server);
        var sink = new SinkClient(own.Server, await own.Server.SendAsync("PUT", Calls.ChannelPath("a", "in"), null, own.Server.TokenFor("write:sessions:a")));

        Answer refused = await sink.PostAsync("""{"records":[{"body":"1"},{"body":"2"},{"body":"3"}]}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "2"), (refused.Status, refused.Header("x-ratelimit-limit")));
        Assert.Equal(2, (await own.Server.SendAsync("GET", Calls.ChannelPath("a", "in/records"))).Json.GetProperty("records").GetArrayLength());
    }

    [Fact]
    public async Task Environment_HasALimitOfItsOwn()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:RateLimits:CreatesPerEnvironment", "2"), ("AgentSessions:RateLimits:CreatesPerSession", "1"), ("AgentSessions:RateLimits:Window", "1.00:00:00"));
        MoveIntoWindow(own.Server);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(own.Server, "a")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await CreateAsync(own.Server, "a")).Status);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(own.Server, "b")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await CreateAsync(own.Server, "c")).Status);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(own.Server, "a", GatewayServer.OtherKey)).Status);
    }

    [Fact]
    public async Task Limits_AreOffByDefault()
    {
        await using var own = await TemporaryServer.StartAsync();
        Assert.Null((await CreateAsync(own.Server, "a")).Header("x-ratelimit-limit"));
    }

    /// <summary>Windows start on the clock; a test must not begin at the end of one.</summary>
    internal static void MoveIntoWindow(GatewayServer server)
    {
        DateTimeOffset now = server.Clock.GetUtcNow();
        server.Clock.Advance(now.Date.AddDays(1).AddSeconds(1) - now.UtcDateTime);
    }

    private static Task<Answer> AppendAsync(GatewayServer server, string id, string part) =>
        server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x", GatewayServer.Key, ("X-Part-Id", part), ("Origin", "http://app.example"));

    private static Task<Answer> CreateAsync(GatewayServer server, string id, string key = GatewayServer.Key) =>
        server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody(id), key);
}
