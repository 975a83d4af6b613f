using System.Net;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Tests.Hosting;
using AgentSessions.TestServer;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway.Tests.Limits;

public sealed class AdmissionTests
{
    // As MCP tells its clients.
    private const string Failed = "\"isError\":true";
    private const string Refusal = "The server has too much to do; try again";

    [Fact]
    public async Task Overload_IsRefusedWithAHint_AndOverAtOnceWhenTheStoreIsBack()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Admission:Writes", "4"));
        GatewayServer server = own.Server;
        string[] ids = [.. Enumerable.Range(0, 40).Select(i => $"chat-{i}")];
        foreach (string id in ids)
        {
            await server.CreateAsync(id);
        }

        var gate = new TaskCompletionSource();
        server.Store.Gate = gate.Task;
        Task<Answer>[] calls = [.. ids.Select(id => AppendAsync(server, id))];

        // The refused ones do not wait for the store, so all but the admitted ones end while it is stuck.
        var pending = calls.ToHashSet();
        while (pending.Count > 4)
        {
            Task<Answer> refused = await Task.WhenAny(pending).WaitAsync(TimeSpan.FromSeconds(60));
            pending.Remove(refused);
            Answer answer = await refused;
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1", "*"), (answer.Status, answer.Header("Retry-After"), answer.Header("Access-Control-Allow-Origin")));
            Assert.Contains("\"overloaded\"", answer.Text, StringComparison.Ordinal);
        }

        gate.SetResult();
        Assert.All(await Task.WhenAll(pending), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        foreach (string id in ids)
        {
            Assert.Equal("""{"ok":true,"seq":0}""", (await AppendAsync(server, id)).Text);
        }
    }

    [Fact]
    public async Task Readers_BeyondTheLimit_AreRefused_UntilOneLeaves()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Admission:Readers", "1"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        using (RawConnection reader = await RawConnection.OpenAsync(server))
        {
            await reader.SendAsync($"GET {Calls.ChannelPath("a", "out")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GatewayServer.Key}\r\n\r\n");
            await reader.ReadUntilAsync("text/event-stream");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ReadAsync(server)).StatusCode);
        }

        await Eventually.TrueAsync(async () => (await ReadAsync(server)).StatusCode == HttpStatusCode.OK, "room for a reader");
    }

    [Fact]
    public async Task McpCalls_ThatWrite_TakePlacesAsOthersDo()
    {
        await using var own = await TemporaryServer.StartAsync(("AgentSessions:Admission:Writes", "1"));
        GatewayServer server = own.Server;
        await server.CreateAsync("a");
        object start = new { agent = "echo", chatId = "b" };
        object message = new { session = "a", text = "hi", waitSeconds = 0 };
        using (server.Services.GetRequiredService<Admission>().Write())
        {
            Assert.Contains(Refusal, await CallToolAsync(server, "start_session", start), StringComparison.Ordinal);
            Assert.Contains(Refusal, await CallToolAsync(server, "send_message", message), StringComparison.Ordinal);
            Assert.DoesNotContain(Failed, await CallToolAsync(server, "list_sessions", new { }), StringComparison.Ordinal);
        }

        // Each gives its place back, or the next one would have none.
        Assert.DoesNotContain(Failed, await CallToolAsync(server, "start_session", start), StringComparison.Ordinal);
        Assert.DoesNotContain(Failed, await CallToolAsync(server, "send_message", message), StringComparison.Ordinal);
        Assert.Equal("""{"ok":true,"seq":1}""", (await AppendAsync(server, "a")).Text);
    }

    private static async Task<string> CallToolAsync(GatewayServer server, string name, object arguments) => (await server.SendAsync(
        "POST", "/mcp", new { jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name, arguments } }, GatewayServer.Key, ("Accept", "application/json, text/event-stream"))).Text;

    private static Task<Answer> AppendAsync(GatewayServer server, string id) =>
        server.SendAsync("POST", Calls.ChannelPath(id, "in/append"), "x", GatewayServer.Key, ("X-Part-Id", "p"), ("Origin", "http://app.example"));

    private static async Task<HttpResponseMessage> ReadAsync(GatewayServer server)
    {
        using HttpRequestMessage request = Calls.NewRequest("GET", Calls.ChannelPath("a", "out"), null, GatewayServer.Key);
        HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Dispose();
        return response;
    }
}
