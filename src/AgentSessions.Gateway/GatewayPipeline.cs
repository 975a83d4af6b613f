using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Console;
using AgentSessions.Gateway.Data;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Health;
using AgentSessions.Gateway.Mcp;
using AgentSessions.Gateway.Native;
using AgentSessions.Gateway.OpenApi;
using AgentSessions.Gateway.Puffle;
using AgentSessions.Gateway.Stagent;
using AgentSessions.Gateway.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AgentSessions.Gateway;

/// <summary>Puts the gateway into an application's pipeline.</summary>
public static class GatewayPipeline
{
    /// <summary>
    /// Lets every path that nobody serves, and every method that a path does not have, be answered as the APIs answer: with JSON that a browser of any
    /// origin can read. For a server whose other paths are not somebody else's; call it before <see cref="MapAgentSessions"/>.
    /// </summary>
    public static WebApplication UseAgentSessionsErrors(this WebApplication app)
    {
        app.UseMiddleware<UnknownPathMiddleware>();
        return app;
    }

    /// <summary>Maps the APIs and the health routes. Call it before anything that routes.</summary>
    /// <remarks>
    /// 1. Requests to an API get their errors as JSON, their CORS headers, and their path as it was sent; those beside an API that nobody serves, the
    /// first two.
    /// 2. Only then the path is routed, so an id with an escaped slash is one segment.
    /// </remarks>
    public static WebApplication MapAgentSessions(this WebApplication app)
    {
        var prefixes = app.Services.GetRequiredService<ApiPrefixes>();
        app.UseWhen(prefixes.Own, static api =>
        {
            api.UseMiddleware<ProblemMiddleware>();
            api.UseMiddleware<CorsMiddleware>();
            api.UseMiddleware<RawPathMiddleware>();
        });
        app.UseWhen(UnknownPathMiddleware.IsNear, static near => near.UseMiddleware<UnknownPathMiddleware>());
        app.UseRouting();
        NativeRoutes.Map(app);
        StagentRoutes.Map(app);
        McpEndpoint.Map(app);
        PuffleRoutes.Map(app);
        ConsoleRoutes.Map(app);
        DataRoutes.Map(app);
        WebhookRoutes.Map(app);
        OpenApiRoutes.Map(app);
        HealthRoutes.Map(app);
        return app;
    }
}
