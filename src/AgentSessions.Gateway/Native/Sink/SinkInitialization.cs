using System.Text;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Native.Channels;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary><c>PUT …/{io}</c>: hands out where and with what a stream is written to directly (wire document, section 11).</summary>
internal sealed class SinkInitialization(
    ISessionEngine engine, Authenticator authenticator, SessionAccess access, SinkGrants grants, PublicAddress address, TimeProvider time)
{
    /// <summary>The path that the writer puts <c>/streams/{name}/records</c> behind.</summary>
    public const string Path = "/realtime/v1/sink";

    // The writer's own default of 200 ms would show as stutter in a copied answer.
    private const string FlushIntervalMs = "50";

    private static readonly byte[] _answer = Encoding.UTF8.GetBytes("""{"version":"v2"}""");

    public async Task PutAsync(HttpContext context, ChannelRoute route)
    {
        Caller caller = authenticator.Authenticate(context);
        var channel = ChannelAddress.Of(context, route);
        if (route.Direction == StreamDirection.Out && !caller.HasSecretKey)
        {
            throw Refuse.Forbidden();
        }

        SessionKey session = await access.RequireAsync(caller, "write", channel.SessionId, channel.ScopeSuffixes, context.RequestAborted);
        SessionRow row = await engine.FindAsync(session, context.RequestAborted) ?? throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        RequireActive(row);

        StreamId stream = channel.In(session);
        string name = SinkGrants.NameOf(row, stream);
        IHeaderDictionary headers = context.Response.Headers;
        headers["X-S2-Access-Token"] = grants.Issue(caller, stream, name);
        headers["X-S2-Basin"] = "agent-sessions";
        headers["X-S2-Stream-Name"] = name;
        headers["X-S2-Endpoint"] = address.Of(context, Path);
        headers["X-S2-Flush-Interval-Ms"] = FlushIntervalMs;
        await JsonAnswer.WriteAsync(context, StatusCodes.Status202Accepted, _answer);
    }

    private void RequireActive(SessionRow row)
    {
        switch (row.StatusAt(time.GetUtcNow()))
        {
            case SessionStatus.Closed:
                throw new SessionException(SessionErrorCode.SessionClosed, "The session is closed") { ClosedReason = row.ClosedReason };
            case SessionStatus.Expired:
                throw new SessionException(SessionErrorCode.SessionExpired, "The session has expired");
            case SessionStatus.Active:
                return;
        }
    }
}
