using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Core.Sessions;
using AgentSessions.Core.Storage;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using AgentSessions.Gateway.Native.Sessions;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console;

/// <summary><c>GET …/sessions</c>: the native list with its filters, and who holds each session, whether a run lives, and a search.</summary>
internal sealed class SessionList(ISessionEngine engine, Authenticator authenticator, TimeProvider time)
{
    private const int MaxText = 256;
    private const int PageSize = 100;

    /// <summary>A search looks through this many sessions at most; its answer says where to go on.</summary>
    private const int MaxSearched = 5000;

    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        SessionQuery query = ListQuery.Read(context.Request.Query, caller.Environment, time.GetUtcNow());
        string? text = context.Request.Query["text"];
        if (text is { Length: > MaxText })
        {
            throw Refuse.BadRequest($"text has at most {MaxText} characters", "text");
        }

        FoundRows found = string.IsNullOrWhiteSpace(text)
            ? Page(await engine.ListAsync(query, context.RequestAborted))
            : await SearchAsync(query, text.Trim(), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, found, Write);
    }

    private static FoundRows Page(SessionPage page) => new(page.Rows, page.Next);

    /// <summary>Stores know ids, not parts of them: so page after page is looked through, newest first.</summary>
    private async ValueTask<FoundRows> SearchAsync(SessionQuery query, string text, CancellationToken cancellationToken)
    {
        var rows = new List<SessionRow>();
        for (int searched = 0; ; searched += PageSize)
        {
            SessionPage page = await engine.ListAsync(query with { Limit = PageSize }, cancellationToken);
            foreach (SessionRow row in page.Rows.Where(row => Matches(row, text)))
            {
                rows.Add(row);
                if (rows.Count == query.Limit)
                {
                    return new FoundRows(rows, SessionPlace.Of(row));
                }
            }

            if (page.Next is null || searched + PageSize >= MaxSearched)
            {
                return new FoundRows(rows, page.Next);
            }

            query = query with { After = page.Next };
        }
    }

    private static bool Matches(SessionRow row, string text) =>
        ((string?[])[row.Id, row.ExternalId, row.Agent, row.HeldBy, .. row.Tags]).Any(value => value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static void Write(Utf8JsonWriter json, FoundRows found)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (SessionRow row in found.Rows)
        {
            json.WriteStartObject();
            SessionJson.WriteFields(json, row);
            json.WriteString("heldBy"u8, row.HeldBy);
            json.WriteBoolean("hasLiveRun"u8, row.HasLiveRun);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next"u8, found.Next?.ToString());
        json.WriteEndObject();
    }

    /// <param name="Rows">The rows, newest first.</param>
    /// <param name="Next">Where to go on; null at the end.</param>
    private sealed record FoundRows(IReadOnlyList<SessionRow> Rows, SessionPlace? Next);
}
