using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Transcripts;

/// <summary>The whole transcript by an address that is its own credential (wire document, sections 10 and 12).</summary>
internal sealed class SnapshotEndpoints(
    ISessionEngine engine, Authenticator authenticator, SessionAccess access, Grants grants, PublicAddress address, TimeProvider time)
{
    private const string Reading = "snapshot-read";
    private const string Writing = "snapshot-write";
    private const int MaxUploadBytes = 32 * 1024 * 1024;

    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(10);

    /// <summary>An address to read the snapshot from.</summary>
    public Task ReadingAddressAsync(HttpContext context) => HandOutAsync(context, "read", Reading);

    /// <summary>An address to upload a snapshot to.</summary>
    public Task WritingAddressAsync(HttpContext context) => HandOutAsync(context, "write", Writing);

    public async Task GetAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context, Reading);
        StoredTranscript transcript = await engine.ReadTranscriptAsync(session, limit: null, before: null, context.RequestAborted);
        if (transcript.SavedAt == 0 && transcript.Messages.Count == 0)
        {
            throw Refuse.NotFound("There is no history yet");
        }

        context.Response.Headers.CacheControl = "no-store";
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, transcript, Write);
    }

    public async Task PutAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context, Writing);
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context, MaxUploadBytes);
        TranscriptDelta transcript = SnapshotUpload.Parse(body, time.GetUtcNow().ToUnixTimeMilliseconds());
        await engine.ReplaceTranscriptAsync(session, transcript, context.RequestAborted);
        context.Response.ContentLength = 0;
    }

    private async Task HandOutAsync(HttpContext context, string action, string purpose)
    {
        Caller caller = authenticator.Authenticate(context);
        SessionKey session = await access.RequireAsync(caller, action, PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        SessionRow row = await engine.FindAsync(session, context.RequestAborted)
            ?? throw NotFound();

        // The friendly id, because another session may get the external one once this is deleted.
        string signature = grants.Issue(session.Environment, purpose, row.Id, _lifetime);
        string url = address.Of(context, $"/api/v1/sessions/{row.Id}/snapshot?signature={signature}");
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, url, static (json, text) =>
        {
            json.WriteStartObject();
            json.WriteString("presignedUrl"u8, text);
            json.WriteEndObject();
        });
    }

    /// <summary>The session that an address was handed out for.</summary>
    private async ValueTask<SessionKey> RequireAsync(HttpContext context, string purpose)
    {
        if (context.Request.Query["signature"] is not [{ } signature] || grants.Open(purpose, signature) is not { } grant)
        {
            throw Refuse.Forbidden();
        }

        return await engine.ResolveAsync(grant.Environment, grant.Subject, context.RequestAborted) ?? throw NotFound();
    }

    private static SessionException NotFound() => new(SessionErrorCode.SessionNotFound, "Session not found");

    private static void Write(Utf8JsonWriter json, StoredTranscript transcript)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, 1);
        json.WriteNumber("savedAt"u8, transcript.SavedAt);
        TranscriptJson.WriteMessages(json, transcript.Messages);
        TranscriptJson.WriteCursors(json, transcript);
        json.WriteEndObject();
    }
}
