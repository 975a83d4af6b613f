using System.Net.Mime;
using AgentSessions.Core;
using AgentSessions.Core.Attachments;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AgentSessions.Gateway.Native.Attachments;

/// <summary><c>/api/v1/sessions/{session}/attachments</c>: files beside a session, for messages to refer to instead of holding them.</summary>
internal sealed class AttachmentEndpoints(
    ISessionEngine engine, SessionAccess access, Authenticator authenticator, SessionAttachments attachments,
    RateLimits limits, Admission admission, IOptions<DocumentsOptions> options)
{
    private const int MaxNameLength = 255;
    private const int MaxTypeLength = 127;

    // Only what cannot run anything is shown by a browser; the rest is downloaded.
    private static readonly string[] _shown = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>Stores the body under <c>?name=</c> with its media type; needs <c>write</c>. 201 with the address for a file part.</summary>
    public async Task PostAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        SessionKey session = await RequireAsync(context, caller, "write");
        limits.CountAppend(context, session);
        using Admission.Lease lease = admission.Write();
        ReadOnlyMemory<byte> content = await RequestBody.ReadAsync(context, options.Value.MaxBytes);
        if (content.IsEmpty)
        {
            throw Refuse.BadRequest("The attachment is empty");
        }

        string mediaType = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.Length <= MaxTypeLength
            ? type.MediaType.Value!
            : MediaTypeNames.Application.Octet;
        Document document = await attachments.AddAsync(session, NameOf(context), mediaType, content, context.RequestAborted);
        var address = new AttachmentAddress(session.Key, document.Id);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, (document, address), static (json, stored) =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, stored.document.Id);
            json.WriteString("url"u8, stored.address.ToString());
            json.WriteString("filename"u8, stored.document.Name);
            json.WriteString("mediaType"u8, stored.document.MediaType);
            json.WriteNumber("size"u8, stored.document.Size);
            json.WriteEndObject();
        });
    }

    /// <summary>The bytes; needs <c>read</c>.</summary>
    public async Task GetAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context, authenticator.Authenticate(context), "read");
        var address = new AttachmentAddress(session.Key, PathSegment.Get(context, "attachment"));
        Attachment attachment = await attachments.ReadAsync(session.Environment, address, context.RequestAborted) ?? throw Refuse.NotFound("Attachment not found");
        HttpResponse response = context.Response;
        bool isShown = _shown.Contains(attachment.MediaType, StringComparer.OrdinalIgnoreCase);
        response.ContentType = isShown ? attachment.MediaType : MediaTypeNames.Application.Octet;
        response.ContentLength = attachment.Content.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.CacheControl = "private, max-age=3600";
        var disposition = new ContentDispositionHeaderValue(isShown ? "inline" : "attachment");
        disposition.SetHttpFileName(attachment.Name);
        response.Headers.ContentDisposition = disposition.ToString();
        await response.BodyWriter.WriteAsync(attachment.Content, context.RequestAborted);
    }

    private async ValueTask<SessionKey> RequireAsync(HttpContext context, Caller caller, string action)
    {
        SessionKey session = await access.RequireAsync(caller, action, PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        return await engine.FindAsync(session, context.RequestAborted) is { } row ? row.Key : throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
    }

    private static string NameOf(HttpContext context)
    {
        string name = Path.GetFileName(((string?)context.Request.Query["name"] ?? "").Replace('\\', '/')).Trim();
        return name.Length == 0 ? "attachment" : name.Length > MaxNameLength ? name[..MaxNameLength] : name;
    }
}
