using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Expiry;
using AgentSessions.Core.Sessions;
using AgentSessions.Gateway.Addressing;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Bodies;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Native.Wire;
using AgentSessions.Protocol.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Data;

/// <summary><c>…/{session}/legal-hold</c>: places, shows and lifts a hold. Secret key or administrator token.</summary>
internal sealed class HoldEndpoints(ISessionEngine engine, Authenticator authenticator, SessionAccess access, TimeProvider time)
{
    private const int MaxBodyBytes = 4096;

    public async Task GetAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context);
        SessionLegalHold hold = await SessionLegalHold.FindAsync(engine.State, session, context.RequestAborted)
            ?? throw Refuse.NotFound("The session is under no legal hold");
        await AnswerAsync(context, hold);
    }

    public async Task PutAsync(HttpContext context)
    {
        SessionKey session = await RequireAsync(context);
        var body = new BodyFields(StrictJson.ParseObject(await RequestBody.ReadAsync(context, MaxBodyBytes)));
        var hold = new SessionLegalHold(body.RequiredText("reason", 1, 512), time.GetUtcNow());
        await hold.PlaceAsync(engine, session, context.RequestAborted);
        await AnswerAsync(context, hold);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        await SessionLegalHold.LiftAsync(engine.State, await RequireAsync(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<SessionKey> RequireAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        SessionKey session = await access.RequireAsync(caller, "admin", PathSegment.Get(context, "session"), suffixes: [], context.RequestAborted);
        return await engine.FindAsync(session, context.RequestAborted) is not null
            ? session
            : throw new SessionException(SessionErrorCode.SessionNotFound, "Session not found");
    }

    private static Task AnswerAsync(HttpContext context, SessionLegalHold hold) =>
        JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, hold, static (Utf8JsonWriter json, SessionLegalHold hold) =>
        {
            json.WriteStartObject();
            json.WriteString("reason"u8, hold.Reason);
            json.WriteMoment("since"u8, hold.Since);
            json.WriteEndObject();
        });
}
