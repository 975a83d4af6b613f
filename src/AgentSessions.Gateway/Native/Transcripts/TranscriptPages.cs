using System.Globalization;
using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Transcripts;

/// <summary><c>GET …/transcript</c>: history in pages from its end, for the customer's server (wire document, section 10).</summary>
internal sealed class TranscriptPages(ISessionEngine engine, Authenticator authenticator, SessionAccess access)
{
    private const int MaxLimit = 1000;
    private const int MaxIdLength = 1024;

    /// <summary>Secret key only.</summary>
    public Task GetAsync(HttpContext context) => GetAsync(context, authenticator.RequireSecretKey(context));

    /// <summary>The same for a caller who was let in.</summary>
    public async Task GetAsync(HttpContext context, Caller caller)
    {
        int? limit = LimitOf(context.Request.Query["limit"]);
        string? before = BeforeOf(context.Request.Query["before"]);
        SessionKey session = await access.RequireAsync(caller, "read", PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        if (await engine.FindAsync(session, context.RequestAborted) is null)
        {
            throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
        }

        StoredTranscript page = await engine.ReadTranscriptAsync(session, limit, before, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, page, Write);
    }

    private static void Write(Utf8JsonWriter json, StoredTranscript page)
    {
        json.WriteStartObject();
        TranscriptJson.WriteMessages(json, page.Messages);
        if (page.LastOutSequence >= 0 || page.LastInSequence >= 0)
        {
            json.WriteStartObject("cursors"u8);
            TranscriptJson.WriteCursors(json, page);
            json.WriteEndObject();
        }

        if (page.NextBefore is { } next)
        {
            json.WriteString("nextCursor"u8, next);
        }

        json.WriteEndObject();
    }

    private static int? LimitOf(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw Refuse.BadRequest($"limit must be a whole number from 1 to {MaxLimit}", "limit");
    }

    private static string? BeforeOf(string? text) =>
        text is { Length: > MaxIdLength } || text?.Contains('\0') == true ? throw Refuse.BadRequest("before must be a message's id", "before") : text;
}
