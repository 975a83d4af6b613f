using System.Net;
using AgentSessions.Gateway.Tests.Hosting;

namespace AgentSessions.Gateway.Tests.Stagent;

/// <summary>Who may call: without a token only this machine, and no page of another site; with tokens each their own.</summary>
public sealed class AccessTests(StagentServer server) : IClassFixture<StagentServer>
{
    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    public async Task WithoutToken_ForeignHostOrOrigin_IsForbidden(string name, string value)
    {
        Answer answer = await server.SendAsync("POST", StagentCalls.Conversations, new { runtimeId = "claude-code" }, null, (name, value));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal(["error"], answer.Json.EnumerateObject().Select(static field => field.Name));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("x-forwarded-host", "chat.example")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-Port", "443")]
    [InlineData("X-Original-For", "127.0.0.1:4711")]
    [InlineData("X-Real-IP", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("Via", "1.1 proxy")]
    public async Task WithoutToken_ThroughAProxy_IsForbidden_AndTheUsersTokenIsNot(string name, string value)
    {
        Answer answer = await server.SendAsync("GET", StagentCalls.Conversations, null, null, (name, value));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal(["error"], answer.Json.EnumerateObject().Select(static field => field.Name));
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", StagentCalls.Conversations, null, StagentServer.Alice, (name, value))).Status);
    }

    [Fact]
    public async Task WithoutToken_ThroughAProxy_TheOperatorIsToldOnce()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync();
        for (int i = 0; i < 3; i++)
        {
            await handle.Server.SendAsync("GET", StagentCalls.Conversations, null, null, ("Via", "1.1 proxy"));
        }

        Assert.Single(handle.Server.Logs.Lines, static line => line.Contains("AgentSessions:Stagent:Auth", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutToken_OwnOrigin_IsTaken()
    {
        Answer answer = await server.SendAsync(
            "POST", StagentCalls.Conversations, new { runtimeId = "claude-code" }, null, ("Origin", server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    [Fact]
    public async Task Body_ThatIsNoJsonByItsType_IsRefused()
    {
        using HttpRequestMessage request = Calls.NewRequest("POST", StagentCalls.Conversations, """{"runtimeId":"claude-code"}""", null);
        request.Content!.Headers.ContentType = new("text/plain");
        using HttpResponseMessage response = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/chat/conversations/%ff")]
    [InlineData("GET", "/api/chat/conversations/a%C0%AFb")]
    [InlineData("PATCH", "/api/chat/conversations/%ED%A0%80")]
    [InlineData("DELETE", "/api/chat/conversations/%ff")]
    [InlineData("GET", "/api/chat/conversations/%ff/messages")]
    [InlineData("POST", "/api/chat/conversations/%ff/messages")]
    [InlineData("GET", "/api/documents/%ff/file")]
    [InlineData("GET", "/api/chat/%ff")]
    public async Task IdThatIsNoText_IsUnknown(string method, string path)
    {
        object? body = method is "POST" or "PATCH" ? new { content = "hi" } : null;
        Answer answer = await server.SendAsync(method, path, body, token: null);

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal(["error"], answer.Json.EnumerateObject().Select(static field => field.Name));
    }

    [Fact]
    public async Task Bearer_WantsATokenEverywhere_AndHidesOthersConversations()
    {
        await using StagentServerHandle handle = await StagentServerHandle.NewAsync(("AgentSessions:Stagent:Auth", "Bearer"));
        string id = await handle.Server.NewAsync("echo", StagentServer.Alice);
        string[] reads =
            [
                StagentCalls.Conversations, $"{StagentCalls.Conversations}/{id}", $"{StagentCalls.Conversations}/{id}/messages", "/api/chat/models", "/api/chat/suggested-prompts", "/api/chat/entities/search", "/api/permissions", "/api/documents/x/file",
                $"{StagentCalls.Conversations}/%ff",
            ];

        foreach (string path in reads)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await handle.Server.SendAsync("GET", path, token: null)).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await handle.Server.SendAsync("GET", $"{StagentCalls.Conversations}/{id}", token: StagentServer.Bob)).Status);
        Assert.Equal("[]", (await handle.Server.SendAsync("GET", StagentCalls.Conversations, token: StagentServer.Bob)).Text);
        Assert.Equal(HttpStatusCode.OK, (await handle.Server.SendAsync("GET", $"{StagentCalls.Conversations}/{id}", token: StagentServer.Alice)).Status);
    }

    [Fact]
    public async Task WithoutToken_OnAServerForEverybody_DoesNotStart()
    {
        await using var everybody = new UnstartedServer();

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(everybody.StartAsync);

        Assert.Contains("AgentSessions:Stagent:Auth", exception.Message, StringComparison.Ordinal);
    }

    private sealed class UnstartedServer : IAsyncDisposable
    {
        private readonly StagentServer _server = new(("urls", "http://0.0.0.0:0"), ("AgentSessions:Stagent:Auth", "None"));

        public Task StartAsync() => _server.InitializeAsync();

        public async ValueTask DisposeAsync() => await _server.DisposeAsync();
    }
}
