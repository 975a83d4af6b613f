using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AgentSessions.Client.AspNetCore;
using AgentSessions.Client.Http;
using AgentSessions.Client.Tests.Hosting;
using AgentSessions.Protocol.Errors;
using AgentSessions.Protocol.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Client.Tests.Actions;

/// <summary>The two server actions of a page, on a site of its own in front of a real server.</summary>
public sealed class ChatActionTests(AgentServer server) : IClassFixture<AgentServer>, IAsyncLifetime
{
    private readonly HttpClient _browser = new();
    private WebApplication? _site;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.Services.AddAgentSessionsClient(options =>
        {
            options.BaseUrl = server.BaseUrl;
            options.SecretKey = AgentServer.Key;
        });
        _site = builder.Build();
        _site.MapChatActions("/api/chat", static (context, action) => ValueTask.FromResult(
            action.ChatId.StartsWith("mine-", StringComparison.Ordinal)
                ? ChatActionDecision.Allow(new { userId = "trusted" })
                : ChatActionDecision.Deny()));
        await _site.StartAsync();
        _browser.BaseAddress = new Uri(_site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _site!.DisposeAsync();
    }

    [Fact]
    public async Task Start_GivesATokenThatReadsAndWritesThisSessionOnly()
    {
        string chatId = NewId();
        JsonElement started = await PostAsync("start", new { chatId, taskId = "echo", clientData = new { userId = "forged" } }, HttpStatusCode.OK);

        HttpSessionConnection page = Page(started.GetProperty("publicAccessToken").GetString()!);
        Assert.Equal(0, await page.AppendAsync(chatId, Encoding.UTF8.GetBytes("{}"), "part", Within.Time()));
        SessionException other = await Assert.ThrowsAsync<SessionException>(() => page.AppendAsync(NewId(), Encoding.UTF8.GetBytes("{}"), "part", Within.Time()).AsTask());
        Assert.Equal(SessionErrorCode.Forbidden, other.Code);
        Assert.StartsWith("run_", started.GetProperty("runId").GetString(), StringComparison.Ordinal);
        Assert.Equal(started.GetProperty("sessionId").GetString(), (await PostAsync("start", new { chatId, taskId = "echo" }, HttpStatusCode.OK)).GetProperty("sessionId").GetString());
    }

    [Fact]
    public async Task Token_SignedHere_IsAcceptedThere()
    {
        string chatId = NewId();
        await PostAsync("start", new { chatId, taskId = "echo" }, HttpStatusCode.OK);
        JsonElement answer = await PostAsync("token", new { chatId }, HttpStatusCode.OK);

        HttpSessionConnection page = Page(answer.GetProperty("token").GetString()!);
        Assert.Equal(0, await page.AppendAsync(chatId, Encoding.UTF8.GetBytes("{}"), "part", Within.Time()));
    }

    [Theory]
    [InlineData("start", """{"chatId":"theirs","taskId":"echo"}""", HttpStatusCode.Forbidden)]
    [InlineData("token", """{"chatId":"theirs"}""", HttpStatusCode.Forbidden)]
    [InlineData("start", """{"chatId":"mine-1"}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"chatId":7,"taskId":"echo"}""", HttpStatusCode.BadRequest)]
    [InlineData("token", "[]", HttpStatusCode.BadRequest)]
    [InlineData("token", "{", HttpStatusCode.BadRequest)]
    [InlineData("token", """{"chatId":"\ud800"}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"chatId":"mine-1","taskId":"\ud800"}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"chatId":"mine-1","taskId":"echo","clientData":["\ud800"]}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"chatId":"mine-1","taskId":"echo","clientData":{"\ud800":1}}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"\ud800":1,"chatId":"mine-1","taskId":"echo","clientData":"\ud800"}""", HttpStatusCode.BadRequest)]
    [InlineData("start", """{"chatId":"mine-1","taskId":"nobody"}""", HttpStatusCode.UnprocessableEntity)]
    public async Task WhatIsNotAllowedOrMalformed_IsRefused(string action, string body, HttpStatusCode status)
    {
        using HttpResponseMessage response = await _browser.PostAsync($"/api/chat/{action}", new StringContent(body, Encoding.UTF8, "application/json"), Within.Time());
        Assert.Equal(status, response.StatusCode);
        Assert.NotNull((await response.Content.ReadFromJsonAsync<JsonElement>(Within.Time())).GetProperty("error").GetString());
    }

    [Fact]
    public async Task CreatePublicToken_SaysWhatWasAskedFor_AndNoMore()
    {
        var actions = _site!.Services.GetRequiredService<IChatActions>();
        string token = await actions.CreatePublicTokenAsync([SessionScopes.Read("chat")], TimeSpan.FromMinutes(5), Within.Time());

        SessionTokenClaims? claims = SessionToken.Verify(token, server.Environment, Encoding.UTF8.GetBytes(AgentServer.Key), DateTimeOffset.UtcNow);
        Assert.Equal(["read:sessions:chat"], claims!.Scopes);
        Assert.Equal(TimeSpan.FromMinutes(5), claims.ExpiresAt - claims.IssuedAt);
    }

    [Fact]
    public void Registration_GivesOneClientUnderItsThreeNames()
    {
        var client = _site!.Services.GetRequiredService<AgentSessionsClient>();
        Assert.Same(client, _site.Services.GetRequiredService<IAgentChatFactory>());
        Assert.Same(client, _site.Services.GetRequiredService<IChatActions>());
    }

    [Theory]
    [InlineData(null, "key")]
    [InlineData("/relative", "key")]
    [InlineData("ftp://server.test", "key")]
    [InlineData("http://server.test", null)]
    [InlineData("http://server.test", " ")]
    public void Options_ThatCannotWork_AreRefused(string? baseUrl, string? key) =>
        Assert.Throws<ArgumentException>(() => new AgentSessionsClient(new()
        {
            BaseUrl = baseUrl is null ? null : new Uri(baseUrl, UriKind.RelativeOrAbsolute),
            SecretKey = key,
        }));

    private static string NewId() => $"mine-{Guid.NewGuid()}";

    private static HttpSessionConnection Page(Uri baseUrl, string token) => new(new HttpClient(), new() { BaseUrl = baseUrl, SecretKey = token });

    private HttpSessionConnection Page(string token) => Page(server.BaseUrl, token);

    private async Task<JsonElement> PostAsync(string action, object body, HttpStatusCode status)
    {
        using HttpResponseMessage response = await _browser.PostAsJsonAsync($"/api/chat/{action}", body, Within.Time());
        Assert.Equal(status, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Within.Time());
    }
}
