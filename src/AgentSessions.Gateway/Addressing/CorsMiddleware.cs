using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AgentSessions.Gateway.Addressing;

/// <summary>Lets browsers of every origin call the APIs and read every answer, errors included (wire document, section 3).</summary>
/// <remarks>No cookie is ever used, so any origin may call; the origin is not reflected and credentials are not allowed.</remarks>
internal sealed class CorsMiddleware(RequestDelegate next)
{
    private const string Methods = "GET,HEAD,PUT,PATCH,POST,DELETE";
    private const string MaxAgeSeconds = "300";

    private static readonly SearchValues<char> _headerList =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~, ");

    public Task InvokeAsync(HttpContext context) => Allow(context) ? Task.CompletedTask : next(context);

    /// <summary>Sets the headers.</summary>
    /// <returns>Whether the request was a preflight, which is answered with that.</returns>
    public static bool Allow(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "*";
        if (!HttpMethods.IsOptions(request.Method))
        {
            return false;
        }

        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlMaxAge = MaxAgeSeconds;

        // Echoed because a literal * does not cover Authorization.
        StringValues asked = request.Headers.AccessControlRequestHeaders;
        if (asked.Count > 0 && !asked.ToString().AsSpan().ContainsAnyExcept(_headerList))
        {
            headers.AccessControlAllowHeaders = asked;
            headers.Vary = "Access-Control-Request-Headers";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
