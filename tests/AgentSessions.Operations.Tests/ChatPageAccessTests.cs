using System.Net;
using System.Net.Http.Json;
using System.Text;
using AgentSessions.TestServer;

namespace AgentSessions.Operations.Tests;

/// <summary>The chat page asks for no credential, so its server gives sessions to browsers of this machine alone.</summary>
[Collection(SharedServer.Collection)]
public sealed class ChatPageAccessTests(SharedServer server) : IDisposable
{
    private readonly string _chat = $"page-{Guid.NewGuid()}";
    private readonly string _directory = Directory.CreateTempSubdirectory("chat-page-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ThisMachine_GetsASession()
    {
        Assert.Equal(HttpStatusCode.OK, await AgentsAsync(server.Process, null));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(server.Process, null));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(server.Process, ("Origin", server.Process.BaseUrl.GetLeftPart(UriPartial.Authority))));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("X-Forwarded-Host", "chat.example")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Real-IP", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("Host", "chat.example")]
    [InlineData("Origin", "http://chat.example")]
    public async Task WhoeverComesThroughAProxyOrFromAnotherSite_GetsNone(string name, string value)
    {
        Assert.Equal(HttpStatusCode.Forbidden, await AgentsAsync(server.Process, (name, value)));
        Assert.Equal(HttpStatusCode.Forbidden, await StartAsync(server.Process, (name, value)));
    }

    [Theory]
    [InlineData("""{"chatId":"{chat}","agent":"echo"}""", HttpStatusCode.OK)]
    [InlineData("""{"chatId":"{chat}","agent":""", HttpStatusCode.BadRequest)]
    [InlineData("""{"chatId":"{chat}","chatId":"{chat}","agent":"echo"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"chatId":1,"agent":"echo"}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"chatId":"{chat}","agent":"echo","rest":"{long}"}""", HttpStatusCode.RequestEntityTooLarge)]
    public async Task Body_InChunks_IsReadAsOtherBodiesAre(string body, HttpStatusCode expected)
    {
        using var http = new HttpClient { BaseAddress = server.Process.BaseUrl };
        string text = body.Replace("{chat}", _chat, StringComparison.Ordinal).Replace("{long}", new string('x', 5000), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat/start") { Content = new StringContent(text, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;

        using HttpResponseMessage answer = await http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
        Assert.StartsWith("{\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everyone_MayComeThroughAProxy()
    {
        await using ServerProcess open = await ServerProcess.StartAsync(
            _directory, "--AgentSessions:ChatPage:Access=Everyone", "--AgentSessions:PublicUrl=https://chat.example/agents");

        Assert.Equal(HttpStatusCode.OK, await StartAsync(open, ("X-Forwarded-For", "203.0.113.7")));
        Assert.Equal(HttpStatusCode.OK, await StartAsync(open, ("Origin", "https://chat.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await StartAsync(open, ("Origin", "http://chat.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await StartAsync(open, ("Origin", "https://elsewhere.example")));
    }

    [Fact]
    public async Task ThroughAProxy_TheOperatorIsToldOnce()
    {
        await using ServerProcess local = await ServerProcess.StartAsync(_directory);
        await AgentsAsync(local, ("Via", "1.1 proxy"));
        await AgentsAsync(local, ("Via", "1.1 proxy"));
        await local.StopAsync(TimeSpan.FromSeconds(60));

        Assert.Single(local.Log.Split('\n'), static line => line.Contains("AgentSessions:ChatPage:Access", StringComparison.Ordinal));
    }

    private static Task<HttpStatusCode> AgentsAsync(ServerProcess process, (string Name, string Value)? header) =>
        SendAsync(process, new HttpRequestMessage(HttpMethod.Get, "/chat/agents"), header);

    private Task<HttpStatusCode> StartAsync(ServerProcess process, (string Name, string Value)? header) =>
        SendAsync(process, new HttpRequestMessage(HttpMethod.Post, "/chat/start") { Content = JsonContent.Create(new { chatId = _chat, agent = "echo" }) }, header);

    private static async Task<HttpStatusCode> SendAsync(ServerProcess process, HttpRequestMessage request, (string Name, string Value)? header)
    {
        using var http = new HttpClient { BaseAddress = process.BaseUrl };
        if (header is { } given)
        {
            request.Headers.TryAddWithoutValidation(given.Name, given.Value);
        }

        // The body is read through a length, as browsers send it.
        await (request.Content?.LoadIntoBufferAsync() ?? Task.CompletedTask);
        using HttpResponseMessage answer = await http.SendAsync(request);
        request.Dispose();
        return answer.StatusCode;
    }
}
