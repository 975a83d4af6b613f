using AgentSessions.Client.AspNetCore;
using AgentSessions.TestServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentSessions.Clients.Tests;

/// <summary>
/// A customer's web application on an origin of its own, without Node: a page with the published hooks, the two server actions in C#,
/// and a button that crashes the chat server.
/// </summary>
internal sealed class PageSite(ServerProcess server) : IAsyncDisposable
{
    private const string Html = "<!doctype html><meta charset=utf-8><title>Chat</title><div id=root></div><script type=module src=/page.js></script>";

    private readonly DirectoryInfo _scripts = Directory.CreateTempSubdirectory("page-");
    private WebApplication? _site;

    /// <summary>Where the bundled script of the page is expected, as <c>page.js</c>.</summary>
    public string Scripts => _scripts.FullName;

    public string Url => _site!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Logging.ClearProviders();
        builder.Services.AddAgentSessionsClient(options =>
        {
            options.BaseUrl = server.BaseUrl;
            options.SecretKey = server.SecretKey;
        });
        _site = builder.Build();
        _site.MapGet("/", () => Results.Content(Html, "text/html"));
        _site.MapGet("/page.js", () => Results.File(Path.Combine(Scripts, "page.js"), "text/javascript"));
        _site.MapGet("/favicon.ico", () => Results.NoContent());
        _site.MapChatActions("/api/chat", static (_, _) => ValueTask.FromResult(ChatActionDecision.Allow()));
        _site.MapPost("/crash", async () =>
        {
            await server.KillAsync();
            await server.StartAsync();
        });
        await _site.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }

        _scripts.Delete(recursive: true);
    }
}
