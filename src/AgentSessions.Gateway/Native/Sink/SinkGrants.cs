using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sink;

/// <summary>The credential of the direct-write sink: good for one stream.</summary>
internal sealed class SinkGrants(Grants grants, TimeProvider time)
{
    private const string Purpose = "sink";

    // No id holds it, so the parts cannot run into each other.
    private const char Separator = '\0';

    // A writer keeps its credential for as long as it lives, and that is as long as the answer it copies.
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(24);

    /// <summary>A credential for a stream under the name that its writer uses for it. It ends with the token of whoever asked for it.</summary>
    public string Issue(Caller caller, StreamId stream, string name)
    {
        string direction = stream.Direction == StreamDirection.In ? "in" : "out";
        string subject = string.Join(Separator, stream.Session.Key, stream.Channel, direction, name);
        TimeSpan lifetime = caller.ExpiresAt - time.GetUtcNow() is { } left && left < _lifetime ? left : _lifetime;
        return grants.Issue(stream.Session.Environment, Purpose, subject, lifetime);
    }

    /// <summary>The stream that a request's credential is for.</summary>
    /// <exception cref="RequestRefusedException">401 without a credential that is good; 403 for a stream of another name.</exception>
    public StreamId Require(HttpContext context, string name)
    {
        if (Authenticator.CredentialOf(context) is not { } credential || grants.Open(Purpose, credential) is not { } grant)
        {
            throw Refuse.Unauthenticated();
        }

        string[] parts = grant.Subject.Split(Separator);
        return parts[3] == name
            ? new StreamId(new SessionKey(grant.Environment, parts[0]), parts[1], parts[2] == "in" ? StreamDirection.In : StreamDirection.Out)
            : throw Refuse.Forbidden();
    }
}
