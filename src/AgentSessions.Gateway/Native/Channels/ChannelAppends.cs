using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Streams;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Channels;

/// <summary>Appending a record: <c>POST …/append</c> (wire document, section 5.1).</summary>
internal sealed class ChannelAppends(ISessionEngine engine, Authenticator authenticator, SessionAccess access, RateLimits limits, Admission admission)
{
    private const int MaxBodyBytes = 1024 * 1024;
    private const int MaxPartIdLength = 256;

    public async Task PostAsync(HttpContext context, ChannelRoute route)
    {
        Caller caller = authenticator.Authenticate(context);
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, MaxBodyBytes);
        string partId = PartIdOf(context.Request.Headers["X-Part-Id"]);
        StreamId stream = await AuthorizeAsync(context, caller, ChannelAddress.Of(context, route));
        var append = new AppendText(AsText(body), partId) { IsPublic = !caller.HasSecretKey };
        if (!(stream.IsOwnIn && append.AsksToStop()))
        {
            limits.CountAppend(context, stream.Session);
        }

        using Admission.Lease lease = admission.Write();
        AppendedRecord appended = await engine.AppendAsync(stream, append, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, Answer(appended.Sequence));
    }

    private async ValueTask<StreamId> AuthorizeAsync(HttpContext context, Caller caller, ChannelAddress address)
    {
        // What an agent says can only be said by whoever holds the key, or a browser could forge answers.
        if (address.Direction == StreamDirection.Out && !caller.HasSecretKey)
        {
            throw Refuse.Forbidden();
        }

        SessionKey session = await access.RequireAsync(caller, "write", address.SessionId, address.ScopeSuffixes, context.RequestAborted);
        return address.In(session);
    }

    private static string PartIdOf(string? header) => header switch
    {
        null or "" => Guid.NewGuid().ToString("N"),
        { Length: <= MaxPartIdLength } => header,
        _ => throw Refuse.BadRequest($"X-Part-Id has at most {MaxPartIdLength} characters", "X-Part-Id"),
    };

    /// <summary>The body as text: bytes that are not UTF-8 become replacement characters, as everywhere on the web.</summary>
    private static ReadOnlyMemory<byte> AsText(ReadOnlyMemory<byte> body) =>
        Utf8.IsValid(body.Span) ? body : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span));

    private static ReadOnlyMemory<byte> Answer(long sequence)
    {
        byte[] json = new byte[40];
        ReadOnlySpan<byte> start = "{\"ok\":true,\"seq\":"u8;
        start.CopyTo(json);
        Utf8Formatter.TryFormat(sequence, json.AsSpan(start.Length), out int digits);
        int length = start.Length + digits;
        json[length] = (byte)'}';
        return json.AsMemory(0, length + 1);
    }
}
