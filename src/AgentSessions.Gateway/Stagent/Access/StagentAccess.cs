using System.Net;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Stagent.Settings;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AgentSessions.Gateway.Stagent.Access;

/// <summary>Finds out who calls, and keeps other machines and foreign web pages away from what needs no token.</summary>
internal sealed partial class StagentAccess(
    UserAuthenticator users, ListeningAddresses addresses, IOptions<StagentOptions> options, ILogger<StagentAccess> logger)
{
    private readonly StagentOptions _options = options.Value;
    private int _hasWarned;

    /// <summary>The user who acts without a token.</summary>
    public GatewayUser LocalUser { get; } = new(options.Value.LocalUser, options.Value.Environment);

    /// <summary>The caller.</summary>
    /// <exception cref="RequestRefusedException">401, or 403 for a request of another machine, or one that another site may have made the browser send.</exception>
    public async ValueTask<GatewayUser> AuthenticateAsync(HttpContext context)
    {
        bool isAnonymous = context.Request.Headers.Authorization.Count == 0;
        if (!isAnonymous || (_options.Auth ?? (addresses.AreLoopback ? StagentAuth.None : StagentAuth.Bearer)) == StagentAuth.Bearer)
        {
            return await users.AuthenticateAsync(context);
        }

        if (!context.IsOfThisMachine())
        {
            WarnOnce();
            throw new RequestRefusedException(new Problem(StatusCodes.Status403Forbidden, "A request through a proxy may not come without a token"));
        }

        if (!IsOwnHost(context.Request.Host.Host) || !IsOwnOrigin(context.Request))
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status403Forbidden, "This host or origin may not call without a token"));
        }

        return LocalUser;
    }

    /// <summary>The caller and the JSON object they sent.</summary>
    /// <exception cref="RequestRefusedException">As of <see cref="AuthenticateAsync"/>; 413; 415; 400.</exception>
    public async ValueTask<(GatewayUser User, BodyFields Body)> ReadAsync(HttpContext context)
    {
        GatewayUser user = await AuthenticateAsync(context);
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, _options.MaxBodyBytes);

        // A page of another site can send a form without asking first, but not JSON.
        if (!body.IsEmpty && !(MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)))
        {
            throw new RequestRefusedException(new Problem(StatusCodes.Status415UnsupportedMediaType, "The body must be application/json"));
        }

        return (user, new BodyFields(StrictJson.ParseObject(body)));
    }

    private bool IsOwnHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address))
        || _options.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin.Count == 0
        || (request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out Uri? url) && IsOwnHost(url.Host)
            && (url.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase) || IsConfigured(url.Host)));

    private bool IsConfigured(string host) => _options.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private void WarnOnce()
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            LogForwarded(StagentOptions.Section);
        }
    }

    [LoggerMessage(5401, LogLevel.Warning, "Requests without a token come through a proxy and are refused. Set {Section}:Auth to Bearer and give users tokens")]
    private partial void LogForwarded(string section);
}
