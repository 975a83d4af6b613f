using System.Net;
using System.Net.Http.Headers;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;

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
        await Eventually.TrueAsync(async () => (await AppendAsync(server, "b", _large, "p0")).Status == HttpStatusCode.OK, "room for an append");
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_BeyondTheLimit_IsRefusedAndLeavesNothing_AlsoInChunks(bool isInChunks)
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Environments:other:MaxStoredBytes", "120000"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        await AppendAsync(server, "a", _large, "p0");
        string small = await ExportAsync(server, "a");
        await server.CreateAsync("b");
        for (int i = 0; i < 4; i++)
        {
            await AppendAsync(server, "b", _large, $"p{i}");
        }

        (HttpStatusCode Status, string Text) refused = await ImportAsync(server, await ExportAsync(server, "b"), isInChunks);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("\"storage_full\"", refused.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", Calls.SessionPath("b"), null, GatewayServer.OtherKey)).Status);

        // What came of the refused one counts until the store is measured again.
        await Eventually.TrueAsync(async () => (await ImportAsync(server, small, isInChunks)).Status == HttpStatusCode.Created, "room for an import");
    }

    private static async Task<string> ExportAsync(GatewayServer server, string id) => (await server.SendAsync("GET", Calls.SessionPath(id, "/export"))).Text;

    private static async Task<(HttpStatusCode Status, string Text)> ImportAsync(GatewayServer server, string archive, bool isInChunks)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/sessions/import") { Content = new StringContent(archive) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", GatewayServer.OtherKey);
        request.Headers.TransferEncodingChunked = isInChunks;
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<Answer> AppendAsync(GatewayServer server, string id, string body, string part) =>
        server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), body, GatewayServer.Key, ("X-Part-Id", part), ("Origin", "http://app.example"));
}
