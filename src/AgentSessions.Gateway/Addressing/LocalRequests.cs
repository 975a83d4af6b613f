using System.Net;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Addressing;

/// <summary>For what a server gives to callers of its own machine without a credential.</summary>
public static class LocalRequests
{
    private static readonly string[] _headers = ["Forwarded", "Via", "X-Real-IP"];

    // ASP.NET Core keeps as X-Original-… what it has taken out of X-Forwarded-….
    private static readonly string[] _prefixes = ["X-Forwarded-", "X-Original-"];

    /// <summary>Whether the caller connected from this machine and nothing says that they speak for another one.</summary>
    /// <remarks>A proxy that adds no header is not told from a caller of this machine.</remarks>
    public static bool IsOfThisMachine(this HttpContext context) =>
        IsLoopback(context.Connection.RemoteIpAddress) && IsLoopback(context.Connection.LocalIpAddress) && !IsForwarded(context.Request.Headers);

    private static bool IsLoopback(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);

    private static bool IsForwarded(IHeaderDictionary headers)
    {
        foreach (string name in headers.Keys)
        {
            if (_headers.Contains(name, StringComparer.OrdinalIgnoreCase) || Array.Exists(_prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }
}
