using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Native.Sessions;

/// <summary><c>GET /api/v1/sessions</c>: newest first, in pages (wire document, section 4.6).</summary>
internal sealed class ListSessions(ISessionEngine engine, Authenticator authenticator, TimeProvider time)
{
    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.Authenticate(context);
        SessionQuery query = ListQuery.Read(context.Request.Query, caller.Environment, time.GetUtcNow());
        if (!MayList(caller, query))
        {
            throw Refuse.Forbidden();
        }

        SessionPage page = await engine.ListAsync(query, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, page, Write);
    }

    private static bool MayList(Caller caller, SessionQuery query) =>
        caller.May("read", "sessions")
        || caller.May("read", "tasks")
        || (query.Agents.Count > 0 && query.Agents.All(agent => caller.May("read", "tasks", agent)));

    private static void Write(Utf8JsonWriter json, SessionPage page)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (SessionRow row in page.Rows)
        {
            SessionJson.Write(json, row);
        }

        json.WriteEndArray();
        json.WriteStartObject("pagination"u8);
        if (page.Next is { } next)
        {
            json.WriteString("next"u8, next.ToString());
        }

        if (page.Previous is { } previous)
        {
            json.WriteString("previous"u8, previous.ToString());
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
