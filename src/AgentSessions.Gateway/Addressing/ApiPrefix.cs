using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AgentSessions.Gateway.Addressing;

/// <summary>A path under which every answer has CORS headers and JSON errors, and ids are taken from the raw request target.</summary>
/// <param name="Path">Such as <c>/api/v1/sessions</c>, without a slash at its end. Register it as a service.</param>
public sealed record ApiPrefix(PathString Path)
{
    /// <summary>Whether an error of the API is its sentence and nothing else.</summary>
    internal bool HasPlainErrors { get; init; }

    /// <summary>Whether an id that cannot be any, since it is no text, is an unknown one rather than a malformed path.</summary>
    internal bool TakesAnyId { get; init; }
}

/// <summary>All paths that belong to an API.</summary>
internal sealed class ApiPrefixes(IEnumerable<ApiPrefix> prefixes)
{
    private readonly PathString[] _paths = [.. prefixes.Select(static prefix => prefix.Path)];
    private readonly PathString[] _plain = [.. prefixes.Where(static prefix => prefix.HasPlainErrors).Select(static prefix => prefix.Path)];
    private readonly PathString[] _lenient = [.. prefixes.Where(static prefix => prefix.TakesAnyId).Select(static prefix => prefix.Path)];

    /// <summary>Whether a request is for an API, be it by the path it sent or by the one that the server made of it.</summary>
    public bool Own(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        return Contain(context.Request.Path) || target == RawTarget.Asterisk || Contain(new PathString(RawTarget.PathOf(target)));
    }

    /// <summary>Whether a path is in an API whose errors are a sentence and nothing else.</summary>
    public bool HavePlainErrors(PathString path) => Contain(_plain, path);

    /// <summary>Whether a path is in an API that looks for any id, also for one that is no text.</summary>
    public bool TakeAnyId(PathString path) => Contain(_lenient, path);

    public bool Contain(PathString path) => Contain(_paths, path);

    private static bool Contain(PathString[] prefixes, PathString path)
    {
        foreach (PathString prefix in prefixes)
        {
            if (path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
