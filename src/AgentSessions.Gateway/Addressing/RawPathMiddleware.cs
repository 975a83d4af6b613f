using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AgentSessions.Gateway.Addressing;

/// <summary>Gives routing the path as it was sent, so that an id with an escaped slash stays one segment.</summary>
/// <remarks>
/// The server decodes a path except for <c>%2F</c>, which makes <c>%2F</c> and <c>%252F</c> look alike, and it resolves dot segments. Here
/// the raw target is split first; its segments stay escaped until a route takes them with <see cref="PathSegment.Get"/>. Must stand before
/// routing.
/// </remarks>
internal sealed class RawPathMiddleware(RequestDelegate next, ApiPrefixes prefixes)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        string? path = WithoutBase(RawTarget.PathOf(target), request.PathBase);

        // A path that only becomes an API's when the server resolves its dots has been read in two ways.
        if (path is null || !prefixes.Contain(new PathString(path)) || !IsClean(path, prefixes.TakeAnyId(new PathString(path))))
        {
            // No route is chosen yet that would say what its errors look like.
            const string error = "The path is malformed";
            throw prefixes.HavePlainErrors(request.Path) ? new RequestRefusedException(new Problem(StatusCodes.Status400BadRequest, error)) : Refuse.BadRequest(error);
        }

        // Not by conversion from string, which would decode it.
        request.Path = new PathString(path);
        return next(context);
    }

    private static string? WithoutBase(string? path, PathString pathBase)
    {
        string prefix = pathBase.ToUriComponent();
        return prefix.Length > 0 && path is not null && path.StartsWith(prefix + "/", StringComparison.OrdinalIgnoreCase) ? path[prefix.Length..] : path;
    }

    private static bool IsClean(ReadOnlySpan<char> path, bool takesAnyId)
    {
        foreach (Range range in path.Split('/'))
        {
            if (!PathSegment.TryDecode(path[range], out _) && !(takesAnyId && PathSegment.IsNoText(path[range])))
            {
                return false;
            }
        }

        return true;
    }
}
