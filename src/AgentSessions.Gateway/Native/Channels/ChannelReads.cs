using AgentSessions.Core;
using AgentSessions.Core.Clients;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Streaming;
using AgentSessions.Protocol.Records;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>Reading a channel as it grows: <c>GET</c> and <c>HEAD</c> (wire document, sections 5.2 to 5.4).</summary>
internal sealed class ChannelReads(ISessionEngine engine, Authenticator authenticator, SessionAccess access, EventStream events)
{
    public async Task GetAsync(HttpContext context, ChannelRoute route)
    {
        (StreamId stream, DateTimeOffset? until) = await AuthorizeAsync(context, route);
        ReadRequest request = ReadRequest.Of(context.Request.Headers);
        StreamBounds bounds = await engine.GetBoundsAsync(stream, context.RequestAborted);
        Cursor from = request.From(bounds);
        bool peeks = request.PeeksSettled && route.Direction == StreamDirection.Out;
        OutRest rest = peeks ? await OutPeek.LookAsync(engine, stream, bounds, context.RequestAborted) : OutRest.None;
        if (rest == OutRest.Idle)
        {
            // The wire document knows only boundaries, and its clients wait here; ours need not.
            context.Response.Headers["X-Session-Idle"] = bounds.Tail.ToString();
        }

        await events.ServeAsync(context, new ReadWindow(stream, from, bounds, request.Silence, rest == OutRest.Settled, until));
    }

    public async Task HeadAsync(HttpContext context, ChannelRoute route)
    {
        await AuthorizeAsync(context, route);
        context.Response.Headers["X-Last-Chunk-Index"] = "0";
        context.Response.ContentLength = 0;
    }

    /// <returns>The stream, and when the caller's right to it expires; null for never.</returns>
    private async ValueTask<(StreamId Stream, DateTimeOffset? Until)> AuthorizeAsync(HttpContext context, ChannelRoute route)
    {
        Caller caller = authenticator.Authenticate(context);
        var address = ChannelAddress.Of(context, route);
        SessionKey session = await access.RequireAsync(caller, "read", address.SessionId, address.ScopeSuffixes, context.RequestAborted);
        return (address.In(session), caller.ExpiresAt);
    }
}
