using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>What a credential of the sink is good for.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="SessionId">The friendly id of its session, which no other session ever gets, though it may get the external id.</param>
internal readonly record struct SinkTarget(StreamId Stream, string SessionId);

/// <summary>The credential of the direct-write sink: good for one stream.</summary>
internal sealed class SinkGrants(Grants grants, TimeProvider time)
{
    private const string Purpose = "sink";

    // No id holds it, so the parts cannot run into each other.
    private const char Separator = '\0';

    // A writer keeps its credential for as long as it lives, and that is as long as the answer it copies.
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(24);

    /// <summary>How a session's stream is called by its writers. It begins with the friendly id, because a header takes ASCII only.</summary>
    public static string NameOf(SessionRow session, StreamId stream) =>
        $"{session.Id}{(stream.Channel.Length == 0 ? "" : $"/channels/{stream.Channel}")}/{DirectionOf(stream)}";

    /// <summary>A credential for a stream under the name that its writer uses for it. It ends with the token of whoever asked for it.</summary>
    public string Issue(Caller caller, StreamId stream, string name)
    {
        string subject = string.Join(Separator, stream.Session.Key, stream.Channel, DirectionOf(stream), name);
        TimeSpan lifetime = caller.ExpiresAt - time.GetUtcNow() is { } left && left < _lifetime ? left : _lifetime;
        return grants.Issue(stream.Session.Environment, Purpose, subject, lifetime);
    }

    /// <summary>What a request's credential is for.</summary>
    /// <exception cref="RequestRefusedException">401 without a credential that is good; 403 for a stream of another name.</exception>
    public SinkTarget Require(HttpContext context, string name)
    {
        if (Authenticator.CredentialOf(context) is not { } credential || grants.Open(Purpose, credential) is not { } grant)
        {
            throw Refuse.Unauthenticated();
        }

        string[] parts = grant.Subject.Split(Separator);
        if (parts[3] != name)
        {
            throw Refuse.Forbidden();
        }

        var session = new SessionKey(grant.Environment, parts[0]);
        return new SinkTarget(new StreamId(session, parts[1], parts[2] == "in" ? StreamDirection.In : StreamDirection.Out), name[..name.IndexOf('/')]);
    }

    private static string DirectionOf(StreamId stream) => stream.Direction == StreamDirection.In ? "in" : "out";
}
