using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AgentSessions.Gateway.OpenApi;

/// <summary>The description of all APIs (docs/openapi.json) and a page to read it, which needs no network. Both are public: they hold no data.</summary>
internal static class OpenApiRoutes
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/openapi/v1.json", "openapi.json", "application/json; charset=utf-8");
        Map(routes, "/openapi", "openapi.html", "text/html; charset=utf-8");
        Map(routes, "/openapi/reader.js", "openapi.js", "text/javascript; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder routes, string pattern, string resource, string contentType)
    {
        byte[] content = Read(resource);
        routes.MapGet(pattern, async context =>
        {
            HttpResponse response = context.Response;
            response.ContentType = contentType;
            response.ContentLength = content.Length;
            response.Headers.CacheControl = "no-cache";
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.XContentTypeOptions = "nosniff";
            await response.Body.WriteAsync(content, context.RequestAborted);
        });
    }

    private static byte[] Read(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
