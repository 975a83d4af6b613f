using System.Text.Json;
using System.Text.Json.Nodes;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Streaming;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentSessions.Gateway.Mcp;

/// <summary>This server as an MCP server: streamable HTTP at <c>/mcp</c>, for any secret key or session token.</summary>
/// <remarks>
/// Every request stands alone: nothing is kept between two of them, so any node answers any of them. What a caller may do is decided for each
/// call, by the same rules as on the native API.
/// </remarks>
internal sealed class McpEndpoint(Authenticator authenticator, SessionTools tools, ILoggerFactory loggers)
{
    /// <summary>Where it lives.</summary>
    public static readonly ApiPrefix Prefix = new("/mcp");

    // As much as a message may have, and the words around it.
    private const int MaxBodyBytes = 1280 * 1024;

    private static readonly Implementation _self = new()
    {
        Name = "agent-sessions",
        Version = typeof(McpEndpoint).Assembly.GetName().Version?.ToString(3) ?? "0",
    };

    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton(Prefix);
        services.AddSingleton<SessionTools>();
        services.AddSingleton<McpEndpoint>();
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(Prefix.Path, routes.ServiceProvider.GetRequiredService<McpEndpoint>().PostAsync);

    private async Task PostAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        JsonRpcMessage message = Parse(await RequestBody.ReadAsync(context, MaxBodyBytes));
        if (Refusal(message) is { } refusal)
        {
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes<JsonRpcMessage>(refusal, McpJsonUtilities.DefaultOptions));
            return;
        }

        var transport = new StreamableHttpServerTransport(loggers) { Stateless = true };
        await using McpServer server = McpServer.Create(transport, Options(context, caller), loggers);
        Task running = server.RunAsync(context.RequestAborted);
        StreamHeaders.Write(context.Response);
        if (!await transport.HandlePostRequestAsync(message, context.Response.Body, context.RequestAborted))
        {
            context.Response.ContentType = null;
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }

        await transport.DisposeAsync();
        await running;
    }

    /// <summary>The error of a request that the library would throw about. Thrown from there, it would be logged as ours, with what was sent.</summary>
    private static JsonRpcError? Refusal(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest { Method: RequestMethods.ToolsCall } call when !ToolList.Has((call.Params as JsonObject)?["name"]) =>
            InvalidParams(call, "There is no tool of that name"),
        JsonRpcRequest { Method: RequestMethods.Initialize } call when !IsInitialize(call.Params) => InvalidParams(call, "The parameters are none of initialize"),
        _ => null,
    };

    private static bool IsInitialize(JsonNode? parameters)
    {
        try
        {
            return parameters.Deserialize<InitializeRequestParams>(McpJsonUtilities.DefaultOptions) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonRpcError InvalidParams(JsonRpcRequest request, string message) => new()
    {
        Id = request.Id,
        Error = new JsonRpcErrorDetail { Code = (int)McpErrorCode.InvalidParams, Message = message },
    };

    private McpServerOptions Options(HttpContext context, Caller caller) => new()
    {
        ServerInfo = _self,
        ServerInstructions = "Chats with agents on this server. Start a session, then send messages to it; the session keeps the history.",
        Handlers = new McpServerHandlers
        {
            ListToolsHandler = static (_, _) => ValueTask.FromResult(new ListToolsResult { Tools = [.. ToolList.All] }),
            CallToolHandler = (request, cancellationToken) => tools.CallAsync(context, caller, request.Params, cancellationToken),
        },
    };

    private static JsonRpcMessage Parse(ReadOnlyMemory<byte> body)
    {
        JsonElement json = StrictJson.ParseObject(body);
        try
        {
            return json.Deserialize<JsonRpcMessage>(McpJsonUtilities.DefaultOptions) ?? throw Refuse.BadRequest("The body is no JSON-RPC message");
        }
        catch (JsonException)
        {
            throw Refuse.BadRequest("The body is no JSON-RPC message");
        }
    }
}
