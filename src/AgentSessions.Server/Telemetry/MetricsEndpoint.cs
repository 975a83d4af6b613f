using System.Text;
using AgentSessions.Gateway.Auth;

namespace AgentSessions.Server.Telemetry;

/// <summary><c>GET /metrics</c> for whoever has the server's secret key: Prometheus sends it as <c>authorization</c> with the type <c>Bearer</c>.</summary>
internal sealed class MetricsEndpoint(PrometheusExporter exporter)
{
    public const string Path = "/metrics";

    public async Task GetAsync(HttpContext context)
    {
        if (context.HasServerKey())
        {
            await WriteAsync(context);
        }
        else if (context.HasSecretKey())
        {
            // The names of all environments are in there.
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }
    }

    /// <summary>Answers without asking who it is.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        if (exporter.Scrape() is not { } text)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }
}
