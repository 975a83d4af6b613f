using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace AgentSessions.Server.Telemetry;

/// <summary>Gives the server's span of a request the name of its route and the outcome. Ids in the path stay out of span names.</summary>
internal sealed class RequestSpans
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Activity? activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        try
        {
            await next(context);
        }
        finally
        {
            if (activity is { IsAllDataRequested: true })
            {
                Describe(activity, context);
            }
        }
    }

    private static void Describe(Activity activity, HttpContext context)
    {
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
        {
            activity.SetTag("http.route", route);
            activity.DisplayName = $"{context.Request.Method} {route}";
        }

        int status = context.Response.StatusCode;
        activity.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
