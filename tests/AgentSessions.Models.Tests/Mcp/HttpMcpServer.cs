using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentSessions.Models.Tests.Mcp;

/// <summary>An MCP server over Streamable HTTP without sessions, on a free port of 127.0.0.1.</summary>
internal sealed class HttpMcpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpMcpServer(WebApplication app) => _app = app;

    public Uri Url => new($"{_app.Urls.Single()}/mcp");

    public static async Task<HttpMcpServer> StartAsync(McpServerTool tool)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.MapPost("/mcp", context => AnswerAsync(context, tool));
        await app.StartAsync();
        return new HttpMcpServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, McpServerTool tool)
    {
        JsonRpcMessage message = (await context.Request.ReadFromJsonAsync<JsonRpcMessage>(McpJsonUtilities.DefaultOptions, context.RequestAborted))!;
        await using StreamableHttpServerTransport transport = new() { Stateless = true };
        await using McpServer server = McpServer.Create(transport, new McpServerOptions { ServerInfo = new Implementation { Name = "http", Version = "1" }, ToolCollection = [tool] });
        Task running = server.RunAsync(context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        if (!await transport.HandlePostRequestAsync(message, context.Response.Body, context.RequestAborted))
        {
            context.Response.ContentType = null;
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }

        await transport.DisposeAsync();
        await running.ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
