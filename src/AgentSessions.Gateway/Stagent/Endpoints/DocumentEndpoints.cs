using System.Net.Mime;
using System.Text.Json;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Documents;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Limits;
using AgentSessions.Gateway.Stagent.Access;
using AgentSessions.Gateway.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AgentSessions.Gateway.Stagent.Endpoints;

/// <summary><c>/api/documents</c>: uploads files and serves them to their owner.</summary>
internal sealed class DocumentEndpoints(StagentAccess access, RateLimits limits, Admission admission, DocumentStore documents)
{
    private const int MaxNameLength = 255;
    private const int MultipartOverhead = 64 * 1024;
    private const int ThumbnailWidth = 800;

    // Only what cannot run anything is shown by a browser; the rest is downloaded.
    private static readonly string[] _shown = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>Takes a file: one part of a form, or the body itself with its type and <c>?name=</c>.</summary>
    public async Task PostAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, documents.MaxBytes + MultipartOverhead);
        (string? name, string? mediaType, ReadOnlyMemory<byte> content) =
            MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType == "multipart/form-data"
                ? await FileOfAsync(body, HeaderUtilities.RemoveQuotes(type.Boundary).Value, context.RequestAborted)
                : (context.Request.Query["name"].FirstOrDefault(), type?.MediaType.Value, body);
        if (content.IsEmpty)
        {
            throw Refuse.BadRequest("The document is empty");
        }

        if (content.Length > documents.MaxBytes)
        {
            throw Refuse.TooLarge($"The document is larger than {documents.MaxBytes} bytes");
        }

        limits.CountAppend(context, user.Environment);
        using Admission.Lease lease = admission.Write();
        name = string.IsNullOrWhiteSpace(name) ? "document" : Path.GetFileName(name.Replace('\\', '/'));
        Document document = await documents.AddAsync(
            user,
            Guid.NewGuid().ToString(),
            name.Length > MaxNameLength ? name[..MaxNameLength] : name,
            mediaType ?? MediaTypeNames.Application.Octet,
            content,
            owner: null,
            context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, document, Write);
    }

    /// <summary>Serves a file; <c>?inline=1</c> shows it, <c>?thumb=1</c> makes it small.</summary>
    public async Task GetAsync(HttpContext context)
    {
        GatewayUser user = await access.AuthenticateAsync(context);
        if (await documents.FindAsync(user, PathSegment.Get(context, "document"), context.RequestAborted) is not { } document
            || await documents.ReadAsync(user, document, context.RequestAborted) is not { } content)
        {
            throw Refuse.NotFound("Document not found");
        }

        bool isShown = _shown.Contains(document.MediaType, StringComparer.OrdinalIgnoreCase);
        if (isShown && context.Request.Query["thumb"] == "1" && await Thumbnail.MakeAsync(content, ThumbnailWidth, context.RequestAborted) is { } small)
        {
            content = small;
        }

        HttpResponse response = context.Response;
        response.ContentType = isShown || document.IsText ? document.MediaType : MediaTypeNames.Application.Octet;
        response.ContentLength = content.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.CacheControl = "private, max-age=3600";
        var disposition = new ContentDispositionHeaderValue(isShown && context.Request.Query["inline"] == "1" ? "inline" : "attachment");
        disposition.SetHttpFileName(document.Name);
        response.Headers.ContentDisposition = disposition.ToString();
        await response.BodyWriter.WriteAsync(content, context.RequestAborted);
    }

    private static async ValueTask<(string? Name, string? MediaType, ReadOnlyMemory<byte> Content)> FileOfAsync(
        ReadOnlyMemory<byte> body, string? boundary, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(boundary) || boundary.Length > 200)
        {
            throw Refuse.BadRequest("The form has no boundary");
        }

        try
        {
            var form = new MultipartReader(boundary, new MemoryStream(body.ToArray(), writable: false));
            while (await form.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (section.AsFileSection() is { FileStream: { } stream } file)
                {
                    using var content = new MemoryStream();
                    await stream.CopyToAsync(content, cancellationToken);
                    return (file.FileName, MediaTypeOf(section.ContentType), content.ToArray());
                }
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw Refuse.BadRequest("The form is malformed");
        }

        throw Refuse.BadRequest("The form has no file");
    }

    /// <summary>The bare type, which can be said in a header again; null for what is none.</summary>
    private static string? MediaTypeOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) ? type.MediaType.Value : null;

    private static void Write(Utf8JsonWriter json, Document document)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, document.Id);
        json.WriteString("name"u8, document.Name);
        json.WriteString("mediaType"u8, document.MediaType);
        json.WriteNumber("size"u8, document.Size);
        json.WriteString("url"u8, document.Path);
        json.WriteEndObject();
    }
}
