using System.Net;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Limits;

public sealed class StorageLimitTests
{
    private const string Stop = """{"kind":"stop"}""";
    private static readonly string _large = new('x', 50_000);

    [Fact]
    public async Task Full_IsRefusedForGood_ButForStopsAndRepeats_UntilSomethingIsDeleted()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:MaxStoredBytes", "120000"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        await server.CreateAsync("b");
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(server, "a", _large, "p0")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(server, "a", _large, "p1")).Status);

        foreach (Answer refused in new[]
        {
            await AppendAsync(server, "a", _large, "p2"),
            await AppendAsync(server, "b", _large, "p0"),
            await server.SendAsync("POST", Calls.ChannelPath("b", "channels/notes/in/append"), _large, GatewayServer.Key, ("Origin", "http://app.example")),
        })
        {
            Assert.Equal(
                (HttpStatusCode.UnprocessableEntity, "false", "*"),
                (refused.Status, refused.Header("x-should-retry"), refused.Header("Access-Control-Allow-Origin")));
            Assert.Contains("\"storage_full\"", refused.Text, StringComparison.Ordinal);
        }

        Assert.Equal("""{"ok":true,"seq":1}""", (await AppendAsync(server, "a", _large, "p1")).Text);
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(server, "a", Stop, "s")).Status);
        Assert.Contains("\"limit\":120000", (await server.SendAsync("GET", "/api/console/v1/overview", null, GatewayServer.Key)).Text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("DELETE", Calls.SessionPath("a"))).Status);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await AppendAsync(server, "b", _large, "p0")).Status != HttpStatusCode.OK)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    [Fact]
    public async Task Environments_AreBoundedEachByItself()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Environments:other:MaxStoredBytes", "1000"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        Assert.Equal(HttpStatusCode.OK, (await AppendAsync(server, "a", _large, "p0")).Status);
        Assert.Equal(HttpStatusCode.Created, (await server.SendAsync("POST", "/api/v1/sessions", Calls.CreateBody("a"), GatewayServer.OtherKey)).Status);
        Answer refused = await server.SendAsync("POST", Calls.ChannelPath("a", "in/append"), _large, GatewayServer.OtherKey);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
    }

    private static Task<Answer> AppendAsync(GatewayServer server, string id, string body, string part) =>
        server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), body, GatewayServer.Key, ("X-Part-Id", part), ("Origin", "http://app.example"));
}
