using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AgentSessions.Gateway.Addressing;

/// <summary>How clients reach this server; configuration section <c>AgentSessions</c>.</summary>
public sealed class PublicAddressOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AgentSessions";

    /// <summary>
    /// The base of addresses that are handed out (snapshots, the sink), such as <c>https://agents.example.com</c>. Unset: what the request
    /// itself was sent to, which is right unless a proxy changes scheme or host.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Whether addresses can be made from it: only from an absolute one over HTTP.</summary>
    internal bool IsUsable => PublicUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" };
}

/// <summary>Makes absolute addresses of this server.</summary>
internal sealed class PublicAddress(IOptions<PublicAddressOptions> options)
{
    /// <summary>The address of a path, which starts with a slash and is escaped.</summary>
    public string Of(HttpContext context, string path)
    {
        HttpRequest request = context.Request;
        string root = options.Value.PublicUrl?.AbsoluteUri.TrimEnd('/') ?? $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}";
        return root + path;
    }
}
