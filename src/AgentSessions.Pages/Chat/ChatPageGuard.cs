using System.Net;
using System.Text.RegularExpressions;
using AgentSessions.Gateway.Addressing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentSessions.Pages.Chat;

/// <summary>Decides who gets sessions without a credential. Only the page itself does, and only sessions that the page made.</summary>
internal sealed partial class ChatPageGuard(
    IOptions<ChatPageOptions> options, IOptions<PublicAddressOptions> address, ILogger<ChatPageGuard> logger)
{
    private int _hasWarned;

    /// <summary>Whether the request comes from our page in a browser that may use it.</summary>
    /// <remarks>
    /// Another site in the same browser has another origin; one that rebinds its name to this machine has another host. An id cannot be guessed,
    /// so whoever knows it was given it.
    /// </remarks>
    public bool Allows(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Headers.Origin is [{ } origin, ..] && !IsOurs(origin, request))
        {
            return false;
        }

        return options.Value.Access switch
        {
            ChatPageAccess.Everyone => true,
            ChatPageAccess.Loopback => IsOfThisMachine(context) && IsLoopbackName(request.Host.Host),
            _ => false,
        };
    }

    /// <summary>Whether an id belongs to the page, so that no session of an application is reached through it.</summary>
    public static bool Owns(string chatId) => PageId().IsMatch(chatId);

    /// <summary>Whether a page of this origin came from here. Behind a proxy that changes scheme or host only <c>PublicUrl</c> tells.</summary>
    private bool IsOurs(string origin, HttpRequest request) =>
        string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
        || string.Equals(origin, address.Value.PublicUrl?.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    private bool IsOfThisMachine(HttpContext context)
    {
        bool isOfThisMachine = context.IsOfThisMachine();
        if (!isOfThisMachine && Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            LogRefused(ChatPageOptions.Section);
        }

        return isOfThisMachine;
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    [LoggerMessage(4101, LogLevel.Warning, "The chat page is for this machine alone and refuses others and proxies. {Section}:Access says who may use it")]
    private partial void LogRefused(string section);

    [GeneratedRegex("^page-[0-9a-f-]{36}$")]
    private static partial Regex PageId();
}
