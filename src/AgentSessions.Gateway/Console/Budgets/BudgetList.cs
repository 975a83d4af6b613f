using System.Text.Json;
using AgentSessions.Core;
using AgentSessions.Gateway.Answers;
using AgentSessions.Gateway.Auth;
using AgentSessions.Gateway.Errors;
using Microsoft.AspNetCore.Http;

namespace AgentSessions.Gateway.Console.Budgets;

/// <summary><c>GET …/budgets?scope=&amp;of=&amp;after=</c>: who has which budget and what is gone of it, page by page.</summary>
internal sealed class BudgetList(ISessionEngine engine, BudgetSources sources, Authenticator authenticator)
{
    private const int PageSize = 50;
    private const int MaxText = 300;

    /// <summary>A page looks at this many at most, since what is over or unused is passed over; its answer says where to go on.</summary>
    private const int MaxRead = 1000;

    public async Task GetAsync(HttpContext context)
    {
        Caller caller = authenticator.RequireOperator(context);
        string of = Text(context, "of");
        string? session = of.Length == 0 ? null : (await engine.FindAsync(new(caller.Environment, of), context.RequestAborted))?.Id;
        IReadOnlyList<BudgetSource> wanted = sources.Of(caller.Environment, of, session, Text(context, "scope"));
        if (wanted.Count == 0)
        {
            throw Refuse.BadRequest("scope must be environment, user, runs, session or turn", "scope");
        }

        BudgetPlace? place = BudgetPlace.Read(Text(context, "after"), wanted.Count) ?? throw Refuse.BadRequest("after must be the next of a page", "after");
        var rows = new List<BudgetRow>();
        for (int read = 0; place is { } here && rows.Count < PageSize && read < MaxRead;)
        {
            int limit = PageSize - rows.Count;
            BudgetSourcePage page = await wanted[here.Source].ReadAsync(here.After, limit, context.RequestAborted);
            rows.AddRange(page.Rows);
            read += page.Read;
            place = page.Read == limit ? here with { After = page.Last }
                : here.Source + 1 < wanted.Count ? new BudgetPlace(here.Source + 1, After: null)
                : null;
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (rows, place), static (json, answer) => Write(json, answer.rows, answer.place));
    }

    private static string Text(HttpContext context, string name) => (string?)context.Request.Query[name] switch
    {
        null => "",
        { Length: > MaxText } => throw Refuse.BadRequest($"{name} has at most {MaxText} characters", name),
        { } text => text.Trim(),
    };

    private static void Write(Utf8JsonWriter json, List<BudgetRow> rows, BudgetPlace? next)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (BudgetRow row in rows)
        {
            row.Write(json);
        }

        json.WriteEndArray();
        json.WriteString("next"u8, next?.ToString());
        json.WriteEndObject();
    }
}
