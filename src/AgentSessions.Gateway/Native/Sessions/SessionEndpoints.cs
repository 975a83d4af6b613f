using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary>One session's row: retrieve, update, close, delete (wire document, sections 4.3 to 4.5).</summary>
internal sealed class SessionEndpoints(ISessionEngine engine, Authenticator authenticator, SessionAccess access)
{
    private const int MaxUpdateBytes = 32 * 1024;
    private const int MaxCloseBytes = 1024;

    public async Task GetAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context, authenticator.Authenticate(context), "read");
        SessionRow row = await engine.FindAsync(session, context.RequestAborted) ?? throw NotFound();
        await AnswerAsync(context, row);
    }

    public async Task PatchAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxUpdateBytes)));
        bool clearsMetadata = body.Any("metadata") is { ValueKind: JsonValueKind.Null };
        bool clearsExternalId = body.Any("externalId") is { ValueKind: JsonValueKind.Null };
        var update = new UpdateSession
        {
            Tags = body.Texts("tags", maxCount: 10, maxLength: 128),
            KeepsOwner = !caller.HasSecretKey,
            SetsMetadata = body.Any("metadata") is not null,
            Metadata = clearsMetadata ? null : body.Object("metadata")?.GetRawText(),
            NamesExternalId = body.Any("externalId") is not null,
            ExternalId = clearsExternalId ? null : ExternalIdRule.Of(body),
        };
        SessionKey session = await RequireAsync(context, caller, "admin");
        await AnswerAsync(context, await engine.UpdateAsync(session, update, context.RequestAborted));
    }

    public async Task CloseAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        ReadOnlyMemory<byte> bytes = await RequestBody.ReadAsync(context, MaxCloseBytes);
        string? reason = null, callingRunId = null;
        if (!bytes.IsEmpty)
        {
            var body = new BodyFields(StrictJson.ParseObject(bytes));
            reason = body.Text("reason", 0, 256);
            callingRunId = body.Text("callingRunId", 1, 256);
        }

        SessionKey session = await RequireAsync(context, caller, "admin");
        await AnswerAsync(context, await engine.CloseAsync(session, reason, callingRunId, context.RequestAborted));
    }

    /// <summary>Removes the session and everything of it for good. Secret key only.</summary>
    public Task DeleteAsync(HttpContext context) => DeleteAsync(context, authenticator.RequireSecretKey(context));

    /// <summary>The same for a caller who was let in.</summary>
    public async Task DeleteAsync(HttpContext context, Caller caller)
    {
        if (!await engine.DeleteAsync(await ToDeleteAsync(context, caller), context.RequestAborted))
        {
            throw NotFound();
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>
    /// The session's key. A friendly id that leads nowhere may still be the key of a session whose deletion went half-way, and whose caller asks again.
    /// </summary>
    private async ValueTask<SessionKey> ToDeleteAsync(HttpContext context, Caller caller)
    {
        try
        {
            return await RequireAsync(context, caller, "admin");
        }
        catch (SessionException exception) when (exception.Code == SessionErrorCode.SessionNotFound)
        {
            var session = new SessionKey(caller.Environment, PathSegment.Get(context, "session"));
            if (!session.IsFriendly)
            {
                throw;
            }

            return session;
        }
    }

    private ValueTask<SessionKey> RequireAsync(HttpContext context, Caller caller, string action) =>
        access.RequireAsync(caller, action, PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);

    private static Task AnswerAsync(HttpContext context, SessionRow row) =>
        JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, row, SessionJson.Write);

    private static SessionException NotFound() => new(SessionErrorCode.SessionNotFound, "Session not found");
}
