using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AgentSessions.Gateway.Addressing;

/// <summary>Answers a path that nobody serves, or not with this method, as an API would. What an application's own routes answer stays as it is.</summary>
internal sealed class UnknownPathMiddleware(RequestDelegate next)
{
    private static readonly PathString[] _roots = ["/api", "/realtime"];

    /// <summary>Whether a path is where the APIs are.</summary>
    public static bool IsNear(HttpContext context) =>
        Array.Exists(_roots, root => context.Request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase));

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (!context.Response.HasStarted && IsUnknown(context) && !CorsMiddleware.Allow(context))
        {
            await ProblemMiddleware.ExplainAsync(context);
        }
    }

    /// <summary>Whether routing answered, and no route. Where it knows the path and not the method it puts an endpoint of its own there.</summary>
    private static bool IsUnknown(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => context.GetEndpoint() is null,
        StatusCodes.Status405MethodNotAllowed => context.GetEndpoint() is not RouteEndpoint,
        _ => false,
    };
}
