using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Addressing;

/// <summary>Answers a path beside those of an API that nobody serves as that API would. An application's own paths there stay as they are.</summary>
internal sealed class UnknownPathMiddleware(RequestDelegate next)
{
    private static readonly PathString[] _roots = ["/api", "/realtime"];

    /// <summary>Whether a path is where the APIs are.</summary>
    public static bool IsNear(HttpContext context) =>
        Array.Exists(_roots, root => context.Request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase));

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        bool isUnknown = context.GetEndpoint() is null && context.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false };
        if (isUnknown && !CorsMiddleware.Allow(context))
        {
            await ProblemMiddleware.ExplainAsync(context);
        }
    }
}
